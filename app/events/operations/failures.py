"""Events that were set aside: back into the queue, one or many."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from app.core.audit import record
from app.core.clock import now
from app.core.db import session
from app.core.errors import Conflict
from app.core.tenancy import required_workspace
from app.events.doorbell import ring
from app.events.models import EventFailure, EventQueue
from app.events.operations.intake import shard_of
from app.events.queries.standing import failed_events, failure_by_id, status_of

# So many go back at once; whoever has more asks again.
MOST_AT_ONCE = 10_000


def retry_failure(failure_id: UUID) -> EventFailure:
    """Put an event that was set aside back into the queue."""
    # The lock ends the race of two who retry at once, and with the worker that settles it.
    failure = failure_by_id(failure_id, lock=True)
    if failure.settled_at is not None:
        raise Conflict("failure_settled", "This event was worked off in the meantime.")
    if status_of([failure.event_id])[failure.event_id] == "waiting":
        raise Conflict("failure_waiting", "This event waits to be worked off already.")
    one = session.execute(failed_events().where(EventFailure.id == failure.id)).all()
    _put_back(one)
    record("event.retried", "event", failure.event_id, subscriber=failure.subscriber)
    return failure


def retry_failures(*, subscriber: str | None = None, app_ids: Sequence[UUID] = (), name: str | None = None) -> int:
    """Put every event that was set aside and fits back into the queue; how many it were."""
    fitting = failed_events(subscriber, app_ids, name).order_by(EventFailure.id).limit(MOST_AT_ONCE)
    found = session.execute(fitting.with_for_update(of=EventFailure)).all()
    retried = _put_back(found)
    if retried:
        wanted = {"subscriber": subscriber, "apps": [str(one) for one in app_ids], "name": name}
        record("events.retried", "event", required_workspace(), count=retried, **{k: v for k, v in wanted.items() if v})
    return retried


def _put_back(found: Sequence[Any]) -> int:
    if not found:
        return 0
    shards = {event.id: shard_of(event.user_id, event.anonymous_id) for _, event in found}
    rows = [{"shard": shard, "id": event_id} for event_id, shard in shards.items()]
    put_back = set(session.scalars(insert(EventQueue).values(rows).on_conflict_do_nothing().returning(EventQueue.id)))
    session.execute(
        update(EventFailure)
        .where(EventFailure.workspace_id == required_workspace(), EventFailure.event_id.in_(put_back))
        .where(EventFailure.settled_at.is_(None))
        .values(retried_at=now())
    )
    ring(required_workspace(), {shards[event_id] for event_id in put_back})
    return len(put_back)
