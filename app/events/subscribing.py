"""Where features say that they react to events, and what they are handed: a batch at a time."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct


class WorkedEvent(Struct, frozen=True, kw_only=True, gc=False):
    """An event and the person behind it.

    `person_id` is whom everything of the person is under by now. `origin_id` is the row of the very id that the event
    came with: what is written down for it stays with that id, should the id turn out to be somebody else's.
    """

    id: UUID
    app_id: UUID
    person_id: UUID
    origin_id: UUID
    kind: str
    name: str
    user_id: str | None
    anonymous_id: str | None
    message_id: str
    session_id: str | None
    occurred_at: datetime
    received_at: datetime
    trust: str
    context: dict[str, Any]
    properties: dict[str, Any]
    country: str | None


class Note(Struct, frozen=True, gc=False):
    """What an event caused, or why nothing."""

    event_id: UUID
    subscriber: str
    kind: str
    details: dict[str, Any]


class Batch:
    """Events of one shard, whose persons are locked, in the transaction that works them off.

    All that a subscriber does is done again when the batch is repeated, and undone when it fails.
    """

    def __init__(self, events: Sequence[WorkedEvent]) -> None:
        self.events = events
        self.notes: dict[tuple[UUID, str, str], Note] = {}
        # Who has the batch in hand: whose name stands beside a failure.
        self.subscriber = "people"

    def named(self, *names: str) -> list[WorkedEvent]:
        """The events of these names."""
        return [event for event in self.events if event.name in names]

    def note(self, event: WorkedEvent | UUID, kind: str, **details: Any) -> None:
        """Say what an event caused, or why nothing; the same kind again adds to what was said."""
        event_id = event if isinstance(event, UUID) else event.id
        said = self.notes.get((event_id, self.subscriber, kind))
        details = {**said.details, **details} if said else details
        self.notes[event_id, self.subscriber, kind] = Note(event_id, self.subscriber, kind, details)


Handle = Callable[[Batch], None]

_subscribers: dict[str, Handle] = {}


def subscribe(name: str, handle: Handle) -> None:
    """Have each batch handed over, in the order of subscribing; the name stands beside what is noted."""
    _subscribers[name] = handle


def unsubscribe(name: str) -> None:
    del _subscribers[name]


def subscribers() -> Sequence[tuple[str, Handle]]:
    return tuple(_subscribers.items())
