"""Take events in: each is stored once, and waits in the queue from then on."""

import zlib
from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import insert

from app.core.clock import now
from app.core.db import session
from app.core.ids import new_id
from app.core.tenancy import required_workspace
from app.events.accepted import Accepted, Rejected, Stored
from app.events.checking import checked
from app.events.doorbell import ring
from app.events.models import SHARDS, EventKey, EventRejection
from app.metrics.operations import Tally, count

__all__ = ["Accepted", "Arrival", "Rejected", "Stored", "checked", "remember", "shard_of", "store", "store_arrivals"]

# The keys come sorted, so that two such statements with events in common wait for each other in one order.
_STORE = """
WITH sent AS (
    SELECT * FROM unnest(
        %(id)s::uuid[], %(key)s::uuid[], %(shard)s::smallint[], %(app_id)s::uuid[], %(trust)s::text[], %(kind)s::text[],
        %(name)s::text[], %(user_id)s::text[], %(anonymous_id)s::text[], %(message_id)s::text[], %(session_id)s::text[],
        %(occurred_at)s::timestamptz[], %(context)s::text[], %(properties)s::text[], %(country)s::text[],
        %(ip_hash)s::bytea[]
    ) AS sent (
        id, key, shard, app_id, trust, kind, name, user_id, anonymous_id, message_id, session_id, occurred_at, context,
        properties, country, ip_hash
    )
), fresh AS (
    INSERT INTO event_key (workspace_id, id, event_id, received_at)
    SELECT tenant_id(), key, id, %(received_at)s FROM sent
    ON CONFLICT DO NOTHING
    RETURNING event_id
), stored AS (
    INSERT INTO event (
        workspace_id, id, app_id, message_id, kind, name, user_id, anonymous_id, session_id, occurred_at, received_at,
        trust, context, properties, country, ip_hash
    )
    SELECT tenant_id(), id, app_id, message_id, kind, name, user_id, anonymous_id, session_id, occurred_at,
           %(received_at)s, trust, context::jsonb, properties::jsonb, country, ip_hash
      FROM sent WHERE id IN (SELECT event_id FROM fresh)
), queued AS (
    INSERT INTO event_queue (workspace_id, shard, id)
    SELECT tenant_id(), shard, id FROM sent WHERE id IN (SELECT event_id FROM fresh)
)
SELECT event_id FROM fresh
"""


class Arrival(NamedTuple):
    """An event on its way into the tables."""

    app_id: UUID
    trust: str
    event: Accepted


def store(app_id: UUID, trust: str, events: Sequence[Accepted]) -> Stored:
    """Store the events that are new to the app, in the current workspace."""
    return store_arrivals([Arrival(app_id, trust, event) for event in events])


def store_arrivals(arrivals: Sequence[Arrival]) -> Stored:
    """Store events of any apps of the current workspace, each message id of an app once."""
    if not arrivals:
        return Stored(ids=[], duplicates=0)
    keyed = ((EventKey.of(one.app_id, one.event.message_id), new_id(), one) for one in arrivals)
    rows = sorted(keyed, key=lambda row: row[0])
    columns = _columns(rows)
    found = session.connection().exec_driver_sql(_STORE, columns)
    fresh = {event_id for (event_id,) in found}
    if fresh:
        ring(
            required_workspace(),
            {shard for shard, id in zip(columns["shard"], columns["id"], strict=True) if id in fresh},
        )
    return Stored(ids=sorted(fresh), duplicates=len(arrivals) - len(fresh))


def remember(app_id: UUID, trust: str, rejected: Sequence[Rejected]) -> None:
    """Keep what could not be taken, so that its sender finds it with the reason."""
    values = [{"app_id": app_id, "trust": trust, **msgspec.structs.asdict(rejection)} for rejection in rejected]
    if values:
        session.execute(insert(EventRejection), values)
        count(Tally("events_rejected", now(), {"app": str(app_id), "code": each.code}) for each in rejected)


def shard_of(user_id: str | None, anonymous_id: str | None) -> int:
    """Which part of the queue a person's events wait in."""
    return zlib.crc32((user_id or anonymous_id or "").encode()) % SHARDS


def _columns(rows: Sequence[tuple[bytes, UUID, Arrival]]) -> dict[str, Any]:
    events = [arrival.event for _, _, arrival in rows]
    return {
        "id": [id for _, id, _ in rows],
        "key": [UUID(bytes=key) for key, _, _ in rows],
        "shard": [shard_of(event.user_id, event.anonymous_id) for event in events],
        "app_id": [arrival.app_id for _, _, arrival in rows],
        "trust": [arrival.trust for _, _, arrival in rows],
        "kind": [event.kind for event in events],
        "name": [event.name for event in events],
        "user_id": [event.user_id for event in events],
        "anonymous_id": [event.anonymous_id for event in events],
        "message_id": [event.message_id for event in events],
        "session_id": [event.session_id for event in events],
        "occurred_at": [event.occurred_at for event in events],
        "context": [msgspec.json.encode(event.context).decode() for event in events],
        "properties": [msgspec.json.encode(event.properties).decode() for event in events],
        "country": [event.country for event in events],
        "ip_hash": [event.ip_hash for event in events],
        "received_at": now(),
    }
