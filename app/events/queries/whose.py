"""Who stands behind events, as far as that is known by now."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import aliased

from app.core.db import session
from app.core.tenancy import required_workspace
from app.people.models import Person, PersonAlias
from app.people.queries.people import root_of

# The app, and a user id or an anonymous id of it.
Named = tuple[UUID, str]


def people_behind(events: Iterable[Any]) -> dict[UUID, Person]:
    """The person of each event that has one: by its user id, else by its anonymous id."""
    events = list(events)
    known = _found(_BY_USER_ID, {(event.app_id, event.user_id) for event in events if event.user_id})
    guests = {(event.app_id, event.anonymous_id) for event in events if event.anonymous_id and not event.user_id}
    unknown = _found(_BY_ANONYMOUS_ID, guests)
    found = {
        event.id: known.get((event.app_id, event.user_id))
        if event.user_id
        else unknown.get((event.app_id, event.anonymous_id))
        for event in events
    }
    return {event_id: person for event_id, person in found.items() if person}


def _found(by: tuple[Any, Any], names: set[Named]) -> dict[Named, Person]:
    if not names:
        return {}
    query, columns = by
    rows = session.execute(query.where(_row.workspace_id == required_workspace(), columns.in_(sorted(names))))
    return {(row.app_id, row.said): row.person for row in rows}


_row, _root = aliased(Person), aliased(Person, name="person")
_TO_ROOT = (_root.workspace_id == _row.workspace_id) & (_root.id == root_of(_row))
_BY_USER_ID = (
    select(_row.app_id, _row.external_id.label("said"), _root).join(_root, _TO_ROOT),
    tuple_(_row.app_id, _row.external_id),
)
_BY_ANONYMOUS_ID = (
    select(PersonAlias.app_id, PersonAlias.alias.label("said"), _root)
    .join(_row, (_row.workspace_id == PersonAlias.workspace_id) & (_row.id == PersonAlias.person_id))
    .join(_root, _TO_ROOT),
    tuple_(PersonAlias.app_id, PersonAlias.alias),
)
