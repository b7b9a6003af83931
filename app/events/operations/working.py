"""Work a shard's events off: once in effect, whatever is repeated and in whatever order they came."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from hashlib import sha256
from time import monotonic
from typing import Any
from uuid import UUID

import msgspec

from app.core.clock import now
from app.core.db import session
from app.core.ids import new_id
from app.core.tenancy import required_workspace
from app.events import signals
from app.events.operations import working_sql as sql
from app.events.operations.reading import EventRow, decoded, sighting_of, worked_event
from app.events.subscribing import Batch, subscribers
from app.metrics.operations import Tally, count
from app.people.operations.identity import recognise
from app.people.operations.identity_counting import quarter_of
from app.people.operations.identity_rows import hold_structure

MOST_AT_ONCE = 2000
# For so many events, or so many seconds, the plans of a connection are kept.
PLANS_LAST_EVENTS, PLANS_LAST_SECONDS = 500, 10.0


class Guilty(Exception):
    """Something went wrong while somebody had the batch in hand."""

    def __init__(self, subscriber: str, error: Exception) -> None:
        super().__init__(subscriber)
        self.subscriber, self.error = subscriber, error


def take(shard: int, among: Collection[UUID] | None = None) -> list[UUID]:
    """Events that wait in a shard of the current workspace, which nobody else works off until the commit."""
    _run(sql.HOLD_SHARD, {"key": _key_of(shard)})
    # Before the events are read: whoever is erased meanwhile would come back with what was read of them.
    hold_structure()
    if among is None:
        found = _run(sql.QUEUED, {"shard": shard, "most": MOST_AT_ONCE})
    else:
        found = _run(sql.STILL_QUEUED, {"shard": shard, "ids": list(among)})
    _plan_anew(len(found))
    return [id for (id,) in found]


def work(shard: int, ids: Sequence[UUID]) -> None:
    """Work off what was taken: all of it, or, with an error, nothing."""
    if not ids:
        return
    batch = Batch([])
    try:
        found = _run(sql.LOAD, {"ids": list(ids), "first": ids[0], "last": ids[-1]})
        rows = [EventRow(*row) for row in found]
        _recognise(batch, rows)
        for name, handle in subscribers():
            batch.subscriber = name
            handle(batch)
            session.flush()
        batch.subscriber = "events"
        _count_events(rows)
        _write_notes(batch)
        _run(sql.SETTLE, {"ids": list(ids), "at": now()})
        _run(sql.DONE, {"shard": shard, "ids": list(ids)})
    except Exception as error:
        raise Guilty(batch.subscriber, error) from error


def set_aside(shard: int, event_id: UUID, subscriber: str, error: str) -> None:
    """Take an event out of the queue that could not be worked off, and keep the reason."""
    if take(shard, [event_id]):
        values = {"id": new_id(), "event_id": event_id, "subscriber": subscriber, "error": error}
        _run(sql.SET_ASIDE, values)
        _run(sql.DONE, {"shard": shard, "ids": [event_id]})
        signals.event_set_aside.send(None, event=event_id, subscriber=subscriber)


def _recognise(batch: Batch, rows: Sequence[EventRow]) -> None:
    named = [(row, decoded(row.context)) for row in rows if not row.is_blank]
    found = recognise([sighting_of(row, context) for row, context in named])
    batch.events = [
        worked_event(row, context, person_id, origin_id)
        for (row, context), person_id, origin_id in zip(named, found.person_ids, found.origin_ids, strict=True)
    ]
    for said in found.said:
        batch.note(named[said.place][0].id, said.kind, **said.details)
    for row in rows:
        if row.is_blank:
            batch.note(row.id, "erased")


def _count_events(rows: Iterable[EventRow]) -> None:
    sums = Counter((quarter_of(row.occurred_at), row.app_id, row.name, row.trust) for row in rows)
    count(
        Tally("events", at, {"app": str(app_id), "name": name, "trust": trust}, n)
        for (at, app_id, name, trust), n in sums.items()
    )


def _write_notes(batch: Batch) -> None:
    notes = list(batch.notes.values())
    if notes:
        _run(
            sql.NOTE,
            {
                "ids": [note.event_id for note in notes],
                "subscribers": [note.subscriber for note in notes],
                "kinds": [note.kind for note in notes],
                "details": [msgspec.json.encode(note.details).decode() for note in notes],
            },
        )


def _plan_anew(events: int) -> None:
    kept = session.connection().info
    made_at, used = kept.get("plans", (0.0, 0))
    if used + events < PLANS_LAST_EVENTS and monotonic() - made_at < PLANS_LAST_SECONDS:
        kept["plans"] = (made_at, used + events)
    else:
        _run(sql.PLAN_ANEW, {})
        kept["plans"] = (monotonic(), events)


def _key_of(shard: int) -> int:
    name = b"events" + required_workspace().bytes + bytes([shard])
    return int.from_bytes(sha256(name).digest()[:8], signed=True)


def _run(statement: str, values: dict[str, Any]) -> Sequence[Any]:
    found = session.connection().exec_driver_sql(statement, {"here": required_workspace(), **values})
    return found.all() if found.returns_rows else ()
