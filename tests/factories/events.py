"""Events that were sent, taken in and worked off as the house does it."""

from datetime import datetime
from itertools import count
from typing import Any
from uuid import UUID

from app.core.clock import now
from app.core.tenancy import unit_of_work
from app.events.accepted import Accepted
from app.events.jobs import work_off
from app.events.models import SHARDS
from app.events.operations.intake import shard_of, store
from app.events.operations.working import set_aside
from app.events.queries.looking import Window
from app.events.queries.shelf import find_failures

_numbers = count(1)


def an_event(workspace_id: UUID, app_id: UUID, name: str = "level_completed", **fields: Any) -> UUID:
    """One event, which waits to be worked off."""
    with unit_of_work(workspace_id):
        return _stored(app_id, name, **fields)


def worked_off(workspace_id: UUID) -> None:
    """Let the worker come by."""
    for shard in range(SHARDS):
        work_off(str(workspace_id), str(shard))


def a_failure(
    workspace_id: UUID,
    app_id: UUID,
    *,
    subscriber: str = "points",
    error: str = "ValueError: no such unit",
    user_id: str = "u1",
    **fields: Any,
) -> tuple[UUID, UUID]:
    """An event that was set aside, and the failure that says so."""
    # In one transaction, so that no worker comes between.
    with unit_of_work(workspace_id):
        event_id = _stored(app_id, user_id=user_id, **fields)
        set_aside(shard_of(user_id, None), event_id, subscriber, error)
        return event_id, find_failures(Window(1)).ids[0]


def _stored(
    app_id: UUID,
    name: str = "level_completed",
    *,
    user_id: str | None = "u1",
    anonymous_id: str | None = None,
    trust: str = "server",
    kind: str = "track",
    at: datetime | None = None,
    properties: dict[str, Any] | None = None,
    context: dict[str, Any] | None = None,
    message_id: str | None = None,
) -> UUID:
    event = Accepted(
        kind=kind,
        name=name,
        user_id=user_id,
        anonymous_id=anonymous_id,
        message_id=message_id or f"message-{next(_numbers)}",
        session_id=None,
        occurred_at=at or now(),
        context=context or {},
        properties=properties or {},
        country=None,
        ip_hash=None,
    )
    return store(app_id, trust, [event]).ids[0]
