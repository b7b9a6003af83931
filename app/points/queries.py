"""What people have in an app, and what was booked for them."""

from collections.abc import Collection, Iterable
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from sqlalchemy import select

from app.core.db import session
from app.core.tenancy import required_workspace
from app.ledger.entries import Balance, Entry, points_of
from app.ledger.queries import balance, entries_of
from app.ledger.queries.lists import first_booked_after
from app.people.models import Person
from app.people.queries.lists import Sought, newest_seen
from app.people.queries.people import names_of
from app.workspaces.models import App

# Of whoever is found by a text, so many are looked at.
MOST_SOUGHT = 500
# Two who book at once may be dated in the other order than they are numbered; so many more are read before sorting.
SLACK = 20


def balance_of(person: Person) -> Balance:
    """What somebody has, by all ids they are known by."""
    return balance(names_of(person.id).person_ids, points_of(person.app_id))


def statement_of(
    person: Person,
    *,
    most: int,
    before: UUID | None = None,
    after: UUID | None = None,
) -> list[Entry]:
    """A part of somebody's entries, newest first."""
    ids, unit = names_of(person.id).person_ids, points_of(person.app_id)
    return entries_of(ids, unit, limit=most, before=before, after=after)


def statement_before(person: Person, moment: datetime, most: int) -> list[Entry]:
    """What was booked for somebody before a time, by their times."""
    found: list[Entry] = []
    below = first_booked_after(moment)
    while len(found) < most and (part := statement_of(person, most=most + SLACK, before=below)):
        found += [entry for entry in part if entry.at < moment]
        below = part[-1].id
    return sorted(found, key=attrgetter("at"), reverse=True)[:most]


def person_under_lock(person_id: UUID) -> Person:
    """Whoever this id leads to, and goes on leading to until the end of the transaction.

    Else points could be booked for somebody who becomes part of another at the same moment, and stay behind.
    """
    query = select(Person).where(Person.workspace_id == required_workspace())
    while True:
        person = session.scalars(
            query.where(Person.id == person_id).with_for_update(read=True).execution_options(populate_existing=True)
        ).one()
        if person.merged_into is None:
            return person
        person_id = person.merged_into


def app_of_unit(unit: str) -> UUID:
    return UUID(unit.removeprefix(points_of(UUID(int=0))[:-36]))


def people_sought(text: str, app: App | None) -> list[UUID]:
    """Those whose id, name or address begins with a text, whoever was seen last first."""
    return [person.id for person in newest_seen(Sought(text=text, app_id=app.id if app else None), MOST_SOUGHT)]


def people_behind(entries: Iterable[Entry]) -> dict[UUID, Person]:
    """Whose entries these are, whoever they became part of since."""
    return people_of({entry.owner.id for entry in entries if entry.owner.kind == "person"})


def people_of(person_ids: Collection[UUID]) -> dict[UUID, Person]:
    """The people that these ids lead to."""
    found = _people(person_ids)
    roots = _people({person.merged_into for person in found.values() if person.merged_into})
    return {id: roots.get(person.merged_into or id, person) for id, person in found.items()}


def _people(person_ids: Collection[UUID]) -> dict[UUID, Person]:
    if not person_ids:
        return {}
    query = select(Person).where(Person.workspace_id == required_workspace(), Person.id.in_(person_ids))
    return {person.id: person for person in session.scalars(query)}
