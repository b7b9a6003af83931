"""Events newest first, narrowed; every question is answered from an index, and none looks further than it says."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select, union_all

from app.core.db import session
from app.core.errors import Missing
from app.core.tenancy import required_workspace
from app.events.models import SHARDS, Event, EventFailure, EventQueue

# How many events of one kind are looked through for those that also meet a condition no index knows.
LOOKED_THROUGH = 5_000

Conditions = list[ColumnElement[bool]]


@dataclass(frozen=True)
class Wanted:
    """What a list of events is narrowed to; `apps` are all that the workspace has, or the one that is asked for."""

    apps: Sequence[UUID]
    is_one_app: bool = False
    name: str | None = None
    user_ids: Sequence[str] = ()
    anonymous_ids: Sequence[str] = ()
    # An anonymous id belongs to a person only where no user id stood beside it.
    only_unclaimed: bool = False
    state: Literal["waiting", "failed"] | None = None

    @property
    def of_somebody(self) -> bool:
        return bool(self.user_ids or self.anonymous_ids)


@dataclass(frozen=True)
class Window:
    """Which part of a list: the newest, or what lies below or above an id."""

    size: int
    below: UUID | None = None
    above: UUID | None = None

    @property
    def is_upward(self) -> bool:
        return self.above is not None and self.below is None

    def bounds(self, column: Any) -> Conditions:
        if self.is_upward:
            return [column > self.above]
        return [column < self.below] if self.below else []

    def order(self, column: Any) -> ColumnElement[Any]:
        ordered: ColumnElement[Any] = column.asc() if self.is_upward else column.desc()
        return ordered


@dataclass(frozen=True)
class Found:
    """Ids newest first; where looking ended before the page was full, `looked_to` is the last id looked at."""

    ids: Sequence[UUID]
    has_more: bool = False
    looked_to: UUID | None = None


@dataclass(frozen=True)
class _Streams:
    """Runs of events that an index keeps in order, and what else the events must meet."""

    runs: list[Select[Any]]
    others: Conditions = field(default_factory=list)

    def reach(self, size: int) -> int:
        """How far each run is followed; together they are never followed further than is said."""
        return size + 1 if self.are_exact else max(size + 1, LOOKED_THROUGH // len(self.runs))

    @property
    def are_exact(self) -> bool:
        return not self.others


def find_events(wanted: Wanted, window: Window) -> Found:
    """The ids of one page."""
    streams = _streams(wanted, window)
    if not streams.runs:
        return Found([])
    limited = [select(run.limit(streams.reach(window.size)).subquery()) for run in streams.runs]
    ids = union_all(*limited).subquery() if len(limited) > 1 else limited[0].subquery()
    query = select(ids.c.id).distinct()
    if streams.others:
        query = query.join(Event, and_(Event.workspace_id == required_workspace(), Event.id == ids.c.id))
        query = query.where(*streams.others)
    found = session.scalars(query.order_by(window.order(ids.c.id)).limit(window.size + 1)).all()
    has_more, found = len(found) > window.size, found[: window.size]
    looked_to = None if has_more or streams.are_exact else _end_of_looking(streams, window)
    if looked_to:
        found = [one for one in found if (one <= looked_to if window.is_upward else one >= looked_to)]
    return Found(found[::-1] if window.is_upward else found, has_more, looked_to)


def events_by_id(ids: Sequence[UUID], *columns: Any) -> Sequence[Any]:
    """Whole events, or some columns of them, in the order of the ids."""
    if not ids:
        return []
    here = (Event.workspace_id == required_workspace(), Event.id.in_(ids))
    if columns:
        found = {row.id: row for row in session.execute(select(*columns).where(*here))}
    else:
        found = {event.id: event for event in session.scalars(select(Event).where(*here))}
    return [found[one] for one in ids if one in found]


def event_by_id(event_id: UUID) -> Event:
    """One event of the workspace; what is another's does not exist."""
    found = session.get(Event, (required_workspace(), event_id))
    if found is None:
        raise Missing
    return found


def _streams(wanted: Wanted, window: Window) -> _Streams:
    here = Event.workspace_id == required_workspace()
    of_app = [Event.app_id == wanted.apps[0]] if wanted.is_one_app else []
    of_name = [Event.name == wanted.name] if wanted.name else []
    if wanted.state == "failed":
        return _Streams([_failed(window)], [*of_app, *of_name, *_of_somebody(wanted)])
    if wanted.state == "waiting":
        runs = [_waiting(shard, window) for shard in range(SHARDS)]
        return _Streams(runs, [*of_app, *of_name, *_of_somebody(wanted)])
    if wanted.of_somebody:
        runs = [_run(window, here, Event.user_id == one) for one in wanted.user_ids]
        runs += [_run(window, here, Event.anonymous_id == one) for one in wanted.anonymous_ids]
        unclaimed = _of_somebody(wanted) if wanted.only_unclaimed else []
        return _Streams(runs, [*of_app, *of_name, *unclaimed])
    if wanted.name:
        return _Streams([_run(window, here, Event.app_id == app, *of_name) for app in wanted.apps])
    return _Streams([_run(window, here, *of_app)])


def _run(window: Window, *conditions: ColumnElement[bool]) -> Select[Any]:
    return select(Event.id).where(*conditions, *window.bounds(Event.id)).order_by(window.order(Event.id))


def _failed(window: Window) -> Select[Any]:
    column = EventFailure.event_id
    is_open = (EventFailure.workspace_id == required_workspace(), EventFailure.settled_at.is_(None))
    return select(column.label("id")).where(*is_open, *window.bounds(column)).order_by(window.order(column))


def _waiting(shard: int, window: Window) -> Select[Any]:
    in_shard = (EventQueue.workspace_id == required_workspace(), EventQueue.shard == shard)
    return (
        select(EventQueue.id).where(*in_shard, *window.bounds(EventQueue.id)).order_by(window.order(EventQueue.id))
    )


def _of_somebody(wanted: Wanted) -> Conditions:
    if not wanted.of_somebody:
        return []
    by_anonymous_id: ColumnElement[bool] = Event.anonymous_id.in_(wanted.anonymous_ids)
    if wanted.only_unclaimed:
        by_anonymous_id = by_anonymous_id & Event.user_id.is_(None)
    return [or_(Event.user_id.in_(wanted.user_ids), by_anonymous_id)]


def _end_of_looking(streams: _Streams, window: Window) -> UUID | None:
    """Where the shortest look ended, if any run was longer than the look."""
    last = streams.reach(window.size) - 1
    ends = [select(run.offset(last).limit(1).subquery()) for run in streams.runs]
    reached = session.scalars(union_all(*ends) if len(ends) > 1 else ends[0]).all()
    return (min if window.is_upward else max)(reached, default=None)
