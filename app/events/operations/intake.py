"""Take events in: each is stored once, and waits in the queue from then on."""

import zlib
from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from msgspec import Struct
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

# One document, since arrays of as many columns take longer to write here and to read there. The keys come sorted, so
# that two such statements with events in common wait for each other in one order.
STORE = """
WITH sent AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb) AS sent (
        id uuid, key uuid, shard smallint, app_id uuid, trust text, kind text, name text, user_id text,
        anonymous_id text, message_id text, session_id text, occurred_at timestamptz, context jsonb, properties jsonb,
        country text, ip_hash text
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
           %(received_at)s, trust, context, properties, country, decode(ip_hash, 'base64')
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


class Row(Struct, kw_only=True):
    """An event as the statement takes it."""

    id: UUID
    key: str
    shard: int
    app_id: UUID
    trust: str
    kind: str
    name: str
    user_id: str | None
    anonymous_id: str | None
    message_id: str
    session_id: str | None
    occurred_at: datetime
    context: dict[str, Any]
    properties: dict[str, Any]
    country: str | None
    ip_hash: bytes | None


def store(app_id: UUID, trust: str, events: Sequence[Accepted]) -> Stored:
    """Store the events that are new to the app, in the current workspace."""
    return store_arrivals([Arrival(app_id, trust, event) for event in events])


def store_arrivals(arrivals: Sequence[Arrival]) -> Stored:
    """Store events of any apps of the current workspace, each message id of an app once."""
    if not arrivals:
        return Stored(ids=[], duplicates=0)
    rows = [_row(arrival) for arrival in arrivals]
    document = msgspec.json.encode(sorted(rows, key=attrgetter("key")))
    values = {"rows": document.decode(), "received_at": now()}
    fresh = set(session.connection().exec_driver_sql(STORE, values).scalars())
    new = [row for row in rows if row.id in fresh]
    if new:
        ring(required_workspace(), {row.shard for row in new})
    return Stored(ids=[row.id for row in new], duplicates=len(rows) - len(new))


def remember(app_id: UUID, trust: str, rejected: Sequence[Rejected]) -> None:
    """Keep what could not be taken, so that its sender finds it with the reason."""
    values = [{"app_id": app_id, "trust": trust, **msgspec.structs.asdict(rejection)} for rejection in rejected]
    if values:
        session.execute(insert(EventRejection), values)
        count(Tally("events_rejected", now(), {"app": str(app_id), "code": each.code}) for each in rejected)


def shard_of(user_id: str | None, anonymous_id: str | None) -> int:
    """Which part of the queue a person's events wait in."""
    return zlib.crc32((user_id or anonymous_id or "").encode()) % SHARDS


def _row(arrival: Arrival) -> Row:
    app_id, trust, event = arrival
    return Row(
        id=new_id(),
        key=EventKey.of(app_id, event.message_id).hex(),
        shard=shard_of(event.user_id, event.anonymous_id),
        app_id=app_id,
        trust=trust,
        kind=event.kind,
        name=event.name,
        user_id=event.user_id,
        anonymous_id=event.anonymous_id,
        message_id=event.message_id,
        session_id=event.session_id,
        occurred_at=event.occurred_at,
        context=event.context,
        properties=event.properties,
        country=event.country,
        ip_hash=event.ip_hash,
    )
