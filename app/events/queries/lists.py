"""Events newest first, narrowed; every question is answered from an index."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from app.core.db import session
from app.core.errors import Missing
from app.core.tenancy import required_workspace
from app.events.models import SHARDS, Event, EventFailure, EventKey, EventQueue
from app.events.queries.looking import Found, Runs, Window
from app.events.queries.standing import status_of

LARGE_PAGE, PAGES_LOOKED_THROUGH = 250, 8


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
    # Whether an event must carry one of the user ids and one of the anonymous ids, and not only either.
    with_both: bool = False
    state: Literal["waiting", "failed"] | None = None

    @property
    def of_somebody(self) -> bool:
        return bool(self.user_ids or self.anonymous_ids)


def find_events(wanted: Wanted, window: Window) -> Found:
    """The ids of one page."""
    return _runs(wanted, window).look(window)


def processed_events(wanted: Wanted, window: Window) -> Found:
    """The ids of one page of what was worked off: nearly all there is, so a few pages are looked through for them."""
    ids: list[UUID] = []
    looked_to: UUID | None = None
    for _ in range(PAGES_LOOKED_THROUGH):
        found = find_events(wanted, replace(window, size=LARGE_PAGE))
        status = status_of(found.ids)
        onward = found.ids[::-1] if window.is_upward else found.ids
        ids += [one for one in onward if status[one] == "processed"]
        looked_to = found.looked_to or (onward[-1] if found.has_more else None)
        if len(ids) > window.size or looked_to is None:
            break
        window = replace(window, above=looked_to) if window.is_upward else replace(window, below=looked_to)
    has_more, ids = len(ids) > window.size, ids[: window.size]
    return Found(ids[::-1] if window.is_upward else ids, has_more, None if has_more else looked_to)


def events_by_id(ids: Sequence[UUID], *columns: Any) -> Sequence[Any]:
    """Whole events, or some columns of them, in the order of the ids."""
    if not ids:
        return []
    query: Any = select(*columns) if columns else select(Event)
    rows = session.execute(query.where(Event.workspace_id == required_workspace(), Event.id.in_(ids)))
    found = {one.id: one for one in (rows if columns else rows.scalars())}
    return [found[one] for one in ids if one in found]


def events_of_message(message_id: str, apps: Sequence[UUID]) -> list[Event]:
    """The events with this message id, one an app at most; it is known for as long as it counts once."""
    keys = [UUID(bytes=EventKey.of(app, message_id)) for app in apps]
    here = (EventKey.workspace_id == required_workspace(), EventKey.id.in_(keys))
    ids = session.scalars(select(EventKey.event_id).where(*here)).all()
    return list(events_by_id(sorted(ids, reverse=True)))


def find_event(event_id: UUID) -> Event | None:
    return session.get(Event, (required_workspace(), event_id))


def event_by_id(event_id: UUID) -> Event:
    """One event of the workspace; what is another's does not exist."""
    found = find_event(event_id)
    if found is None:
        raise Missing
    return found


def _runs(wanted: Wanted, window: Window) -> Runs:
    here = Event.workspace_id == required_workspace()
    of_app = [Event.app_id == wanted.apps[0]] if wanted.is_one_app else []
    of_name = [Event.name == wanted.name] if wanted.name else []
    if wanted.state:
        runs = [_failed(window)] if wanted.state == "failed" else [_waiting(shard, window) for shard in range(SHARDS)]
        return Runs(runs, Event, [*of_app, *of_name, *_of_somebody(wanted)])
    if wanted.of_somebody:
        runs = [window.run(Event.id, here, Event.user_id == one) for one in wanted.user_ids]
        if not (wanted.with_both and runs):
            runs += [window.run(Event.id, here, Event.anonymous_id == one) for one in wanted.anonymous_ids]
        narrower = wanted.only_unclaimed or wanted.with_both
        return Runs(runs, Event, [*of_app, *of_name, *(_of_somebody(wanted) if narrower else [])])
    if wanted.name:
        return Runs([window.run(Event.id, here, Event.app_id == app, *of_name) for app in wanted.apps], Event)
    return Runs([window.run(Event.id, here, *of_app)], Event)


def _failed(window: Window) -> Any:
    here = EventFailure.workspace_id == required_workspace()
    return window.run(EventFailure.event_id, here, EventFailure.settled_at.is_(None))


def _waiting(shard: int, window: Window) -> Any:
    here = EventQueue.workspace_id == required_workspace()
    return window.run(EventQueue.id, here, EventQueue.shard == shard)


def _of_somebody(wanted: Wanted) -> list[ColumnElement[bool]]:
    if not wanted.of_somebody:
        return []
    by_user_id = Event.user_id.in_(wanted.user_ids)
    by_anonymous_id: ColumnElement[bool] = Event.anonymous_id.in_(wanted.anonymous_ids)
    if wanted.with_both and wanted.user_ids and wanted.anonymous_ids:
        return [by_user_id, by_anonymous_id]
    if wanted.only_unclaimed:
        by_anonymous_id = by_anonymous_id & Event.user_id.is_(None)
    return [or_(by_user_id, by_anonymous_id)]
