"""How far events have come: waiting, processed or failed, and what each caused."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Select, select

from app.core.db import session
from app.core.errors import Missing
from app.core.tenancy import required_workspace
from app.events.models import SHARDS, Event, EventEffect, EventFailure, EventQueue

Status = Literal["waiting", "processed", "failed"]


@dataclass(frozen=True)
class Effect:
    """Something that an event caused, or why it caused nothing, as one subscriber tells it."""

    subscriber: str
    kind: str
    details: dict[str, Any]


def status_of(event_ids: Iterable[UUID]) -> dict[UUID, Status]:
    """Whether each of these events waits, was processed, or failed and was set aside."""
    ids = list(event_ids)
    if not ids:
        return {}
    here = required_workspace()
    waiting = set(
        session.scalars(
            select(EventQueue.id).where(
                EventQueue.workspace_id == here, EventQueue.shard.in_(range(SHARDS)), EventQueue.id.in_(ids)
            )
        )
    )
    failed = set(session.scalars(open_failures(EventFailure.event_id).where(EventFailure.event_id.in_(ids))))
    return {one: "waiting" if one in waiting else "failed" if one in failed else "processed" for one in ids}


def effects_of(event_ids: Iterable[UUID]) -> dict[UUID, list[Effect]]:
    """What each of these events caused, or why nothing."""
    ids = list(event_ids)
    found: dict[UUID, list[Effect]] = defaultdict(list)
    if not ids:
        return found
    rows = session.execute(
        select(EventEffect.id, EventEffect.subscriber, EventEffect.kind, EventEffect.details)
        .where(EventEffect.workspace_id == required_workspace(), EventEffect.id.in_(ids))
        .order_by(EventEffect.id, EventEffect.subscriber, EventEffect.kind)
    )
    for event_id, subscriber, kind, details in rows:
        found[event_id].append(Effect(subscriber, kind, details))
    return found


def failures_of(event_ids: Iterable[UUID]) -> dict[UUID, EventFailure]:
    """The open failure of each of these events that has one."""
    ids = list(event_ids)
    if not ids:
        return {}
    found = session.scalars(open_failures(EventFailure).where(EventFailure.event_id.in_(ids)))
    return {failure.event_id: failure for failure in found}


def failure_by_id(failure_id: UUID, *, lock: bool = False) -> EventFailure:
    """One failure of the workspace, open or settled."""
    query = select(EventFailure).where(EventFailure.workspace_id == required_workspace(), EventFailure.id == failure_id)
    found = session.scalar(query.with_for_update().execution_options(populate_existing=True) if lock else query)
    if found is None:
        raise Missing
    return found


def open_failures(*what: Any) -> Select[Any]:
    """What stands on the shelf: set aside, and neither settled nor given up."""
    return select(*what).where(EventFailure.workspace_id == required_workspace(), EventFailure.settled_at.is_(None))


def failed_events(
    subscriber: str | None = None, app_ids: Sequence[UUID] = (), name: str | None = None
) -> Select[tuple[EventFailure, Event]]:
    """Open failures with their events, narrowed to a subscriber, apps or an event name."""
    query: Select[Any] = open_failures(EventFailure, Event).join(
        Event, (Event.workspace_id == EventFailure.workspace_id) & (Event.id == EventFailure.event_id)
    )
    if subscriber:
        query = query.where(EventFailure.subscriber == subscriber)
    if app_ids:
        query = query.where(Event.app_id.in_(app_ids))
    if name:
        query = query.where(Event.name == name)
    return query
