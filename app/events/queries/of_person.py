"""What one person sent, newest received first, read off the indexes of their ids however much there is."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BindParameter, ColumnElement, Select, Text, bindparam, func, or_, select, true, union
from sqlalchemy.orm import InstrumentedAttribute

from app.core.db import session
from app.core.tenancy import required_workspace
from app.events.models import Event
from app.people.queries.people import Names

AFTER_ALL = UUID(int=2**128 - 1)
CHUNK = 500


def events_of_person(app_id: UUID, names: Names, below: UUID, most: int) -> Sequence[Event]:
    """The newest so many events below an id."""
    # An anonymous id may stand in events of another user of the same browser: those are looked past.
    is_theirs = or_(Event.user_id.is_(None), Event.user_id == func.any(_array("user_ids")))
    runs = union(
        _run(Event.user_id, "user_ids", app_id, below, most),
        _run(Event.anonymous_id, "anonymous_ids", app_id, below, most, is_theirs),
    ).subquery()
    query = select(Event).join(runs, runs.c.id == Event.id).where(Event.workspace_id == required_workspace())
    asked = {"user_ids": list(names.user_ids), "anonymous_ids": list(names.anonymous_ids)}
    return session.scalars(query.order_by(Event.id.desc()).limit(most), asked).all()


def all_events_of_person(app_id: UUID, names: Names) -> Iterator[Event]:
    """Every event, some hundred at a time, for files."""
    below = AFTER_ALL
    while events := events_of_person(app_id, names, below, CHUNK):
        yield from events
        below = events[-1].id
        session.expunge_all()


def _run(
    column: InstrumentedAttribute[Any], ids: str, app_id: UUID, below: UUID, most: int, *others: ColumnElement[bool]
) -> Select[Any]:
    """For each id its newest events, so that no long run is sorted."""
    # Derived: without a list of columns, `user_ids.name` would be a cast to the type `name`, which cuts long ids.
    one = func.unnest(_array(ids)).table_valued("said").render_derived(ids)
    of_one = (
        select(Event.id)
        .where(Event.workspace_id == required_workspace(), Event.app_id == app_id, column == one.c.said)
        .where(Event.id < below, *others)
        .order_by(Event.id.desc())
        .limit(most)
        .lateral()
    )
    return select(of_one.c.id).select_from(one).join(of_one, true())


def _array(ids: str) -> BindParameter[Any]:
    return bindparam(ids, type_=ARRAY(Text))
