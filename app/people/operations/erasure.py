"""Forget a person: the rows stay, so that sums and books hold, and nothing in them says who it was."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, null, or_, select, update

from app.core.audit import record
from app.core.clock import now
from app.core.db import session
from app.core.errors import Conflict
from app.core.tenancy import required_workspace
from app.metrics.operations import Tally, count
from app.people import signals
from app.people.models import AwaitedPerson, Person, PersonAlias
from app.people.operations.identity_rows import hold_structure
from app.people.queries.people import Names, names_of, person_by_id

FORGOTTEN: dict[str, Any] = {
    "external_id": None,
    "named_at": None,
    "country": None,
    "platform": None,
    "traits": {},
    "trait_sources": {},
    "place_sources": {},
    # Not the JSON word null, which is a value.
    "own_profile": null(),
    "name_key": None,
    "email_key": None,
}


def erase_person(person_id: UUID) -> Person:
    """Take away whatever tells who somebody was, from them and from all that were joined into them."""
    # Waits for whoever works events off, and lets them begin only when this is done: events that were read before
    # would bring back what is forgotten here, and while they are worked off, somebody may come by one more id.
    hold_structure(alone=True)
    person = person_by_id(person_id)
    names = names_of(person.id)
    # In the order in which all lock people; whoever erases them at the same time waits here and is told below.
    here = Person.workspace_id == required_workspace()
    rows = select(Person).where(here, Person.id.in_(names.person_ids)).order_by(Person.id)
    session.scalars(rows.with_for_update().execution_options(populate_existing=True)).all()
    if person.erased_at is not None:
        raise Conflict("person_erased", "This person was erased already.")
    session.execute(
        select(func.erase_person(person.app_id, list(names.user_ids), list(names.anonymous_ids), _marks(person, names)))
    )
    _forget(person, names)
    count([Tally("people", now(), {"app": str(person.app_id)}, n=-1)])
    record("person.erased", "person", person.id)
    signals.person_erased.send(None, person=person.id)
    return person


def _forget(person: Person, names: Names) -> None:
    workspace_id = required_workspace()
    session.execute(
        update(Person)
        .where(Person.workspace_id == workspace_id, Person.id.in_(names.person_ids))
        .values(**FORGOTTEN, erased_at=now())
        .execution_options(synchronize_session=False)
    )
    session.execute(
        delete(PersonAlias).where(PersonAlias.workspace_id == workspace_id, PersonAlias.person_id == person.id)
    )
    session.execute(
        delete(AwaitedPerson).where(
            AwaitedPerson.workspace_id == workspace_id,
            AwaitedPerson.app_id == person.app_id,
            or_(AwaitedPerson.former_id.in_(names.user_ids), AwaitedPerson.user_id.in_(names.user_ids)),
        )
    )
    session.refresh(person)


def _marks(person: Person, names: Names) -> list[str]:
    """What to look for in texts that were kept as they came: JSON, in which each of these stands in quotes."""
    return [json.dumps(text, ensure_ascii=False) for text in {*names.user_ids, *names.anonymous_ids, *_said(person)}]


def _said(person: Person) -> Iterator[str]:
    for key in ("name", "email"):
        value = person.traits.get(key)
        if isinstance(value, str) and value:
            yield value
