"""People newest seen first, narrowed, and sought by what the ids, names and addresses they go by begin with."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, true, tuple_, union_all
from sqlalchemy.orm import InstrumentedAttribute, aliased
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.operators import custom_op

from app.core.db import session
from app.core.ids import parse_id
from app.core.search import begins_with
from app.core.tenancy import required_workspace
from app.people.models import Person, PersonAlias
from app.people.queries.people import IS_ANONYMOUS_ID, Names, root_of
from app.people.search_keys import search_key
from app.workspaces.models import App

# Of those whose id, name or address begins with what is sought, so many are looked at, in the order of the alphabet.
LOOKED_AT = 500
CHUNK = 1_000


@dataclass(frozen=True)
class Sought:
    """What a list of people is narrowed to."""

    text: str = ""
    app_id: UUID | None = None
    is_known: bool | None = None

    @property
    def is_narrowed(self) -> bool:
        return bool(self.text or self.app_id) or self.is_known is not None


@dataclass(frozen=True)
class Place:
    """A place in the list that does not move when others are seen."""

    last_seen_at: datetime
    id: UUID


def newest_seen(
    sought: Sought, most: int, *, below: Place | None = None, above: Place | None = None
) -> Sequence[Person]:
    """So many people from a place on: downwards newest first, upwards the nearest first."""
    place, is_upward = (above, True) if above else (below, False)
    order = _order(Person.last_seen_at, Person.id, is_upward)
    beyond = [] if place is None else [_beyond(place, is_upward)]
    if sought.text:
        query = select(Person).where(*_narrowed(sought), *beyond, Person.id.in_(_found_by(sought.text)))
    else:
        near = _nearest(sought, most, beyond, is_upward)
        here = Person.workspace_id == required_workspace()
        query = select(Person).join(near, near.c.id == Person.id).where(here)
    return session.scalars(query.order_by(*order).limit(most)).all()


def everybody(sought: Sought) -> Iterator[Sequence[Person]]:
    """All of them, whoever was met last first, some hundred at a time; for files."""
    query = select(Person).where(*_narrowed(sought)).order_by(Person.id.desc()).limit(CHUNK)
    if sought.text:
        query = query.where(Person.id.in_(_found_by(sought.text)))
    below = query
    while found := session.scalars(below).all():
        yield found
        below = query.where(Person.id < found[-1].id)
        session.expunge_all()


def people_of_app(app_id: UUID, *, user_id: str | None = None, anonymous_id: str | None = None) -> Select[Person]:
    """The people of one app, for lists that go by id; or those whom an id leads to."""
    query = select(Person).where(*_narrowed(Sought(app_id=app_id)))
    if user_id is not None:
        row = aliased(Person)
        of_user = (row.workspace_id == required_workspace(), row.app_id == app_id, row.external_id == user_id)
        query = query.where(Person.id.in_(select(root_of(row)).where(*of_user)))
    if anonymous_id is not None:
        known_by = (PersonAlias.app_id == app_id, PersonAlias.alias == anonymous_id)
        of_id = select(PersonAlias.person_id).where(PersonAlias.workspace_id == required_workspace(), *known_by)
        query = query.where(Person.id.in_(of_id))
    return query


def anonymous_ids_of(person_ids: Iterable[UUID]) -> dict[UUID, list[str]]:
    """The anonymous ids of some people."""
    return _gathered(PersonAlias.person_id, PersonAlias.alias, person_ids, IS_ANONYMOUS_ID)


def names_of_each(people: Sequence[Person]) -> dict[UUID, Names]:
    """All ids of some people, as `names_of` says them of one; without the rows behind them."""
    ids = [person.id for person in people]
    former = _gathered(Person.merged_into, Person.external_id, ids, Person.external_id.is_not(None))
    anonymous = anonymous_ids_of(ids)
    return {
        person.id: Names(
            person_ids=(person.id,),
            user_ids=tuple(sorted([*former.get(person.id, ()), *filter(None, (person.external_id,))])),
            anonymous_ids=tuple(anonymous.get(person.id, ())),
        )
        for person in people
    }


def _gathered(
    whose: InstrumentedAttribute[Any], what: InstrumentedAttribute[Any], ids: Iterable[UUID], is_meant: Any
) -> dict[UUID, list[str]]:
    wanted = list(ids)
    found: dict[UUID, list[str]] = {}
    if wanted:
        table = whose.class_
        query = select(whose, what).where(table.workspace_id == required_workspace(), whose.in_(wanted), is_meant)
        for person_id, text in session.execute(query.order_by(what)):
            found.setdefault(person_id, []).append(text)
    return found


def _narrowed(sought: Sought) -> list[ColumnElement[bool]]:
    conditions = [
        Person.workspace_id == required_workspace(),
        Person.merged_into.is_(None),
        Person.erased_at.is_(None),
    ]
    if sought.app_id:
        conditions.append(Person.app_id == sought.app_id)
    if sought.is_known is not None:
        conditions.append(Person.external_id.is_not(None) if sought.is_known else Person.external_id.is_(None))
    return conditions


def _nearest(sought: Sought, most: int, beyond: list[ColumnElement[bool]], is_upward: bool) -> Any:
    """From each app the nearest known and the nearest anonymous people: each run is read off an index."""
    kinds = [True, False] if sought.is_known is None else [sought.is_known]
    runs = []
    for is_known in kinds:
        of_kind = _narrowed(Sought(app_id=sought.app_id, is_known=is_known))
        order = _order(Person.last_seen_at, Person.id, is_upward)
        run = select(Person.id, Person.last_seen_at).where(*of_kind, *beyond).order_by(*order).limit(most)
        if sought.app_id:
            runs.append(select(run.subquery()))
        else:
            of_app = run.where(Person.app_id == App.id).correlate(App).lateral()
            runs.append(select(of_app).select_from(App).join(of_app, true()))
    near = union_all(*runs).subquery()
    return select(near).order_by(*_order(near.c.last_seen_at, near.c.id, is_upward)).limit(most).subquery()


def _found_by(text: str) -> Any:
    """Whom the first so many ids, names and addresses with this beginning lead to."""
    root = root_of(Person)
    key = search_key(text)
    finds = [
        _first(root, Person.external_id, text, Person.workspace_id),
        _first(root, Person.email_key, key, Person.workspace_id),
        _first(root, Person.name_key, key, Person.workspace_id),
        _first(PersonAlias.person_id, PersonAlias.alias, text, PersonAlias.workspace_id),
    ]
    if person_id := parse_id(text):
        here = Person.workspace_id == required_workspace()
        finds.append(select(root.label("id")).where(here, Person.id == person_id))
    return select(union_all(*finds).subquery().c.id)


def _first(whose: Any, column: Any, text: str, workspace: Any) -> Select[Any]:
    # In the order of the index, so that whichever rows are looked at, they are the same on each page.
    order: UnaryExpression[Any] = UnaryExpression(column, modifier=custom_op("USING ~<~"))
    query = select(whose.label("id")).where(workspace == required_workspace(), begins_with(column, text))
    return select(query.order_by(order).limit(LOOKED_AT).subquery())


def _beyond(place: Place, is_upward: bool) -> ColumnElement[bool]:
    here, there = tuple_(Person.last_seen_at, Person.id), tuple_(place.last_seen_at, place.id)
    return here > there if is_upward else here < there


def _order(last_seen_at: Any, person_id: Any, is_upward: bool) -> tuple[Any, Any]:
    if is_upward:
        return last_seen_at.asc(), person_id.asc()
    return last_seen_at.desc(), person_id.desc()
