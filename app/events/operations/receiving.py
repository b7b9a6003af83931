"""Deliveries of one workspace that share a transaction: their keys are checked in it, then their events are stored."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from app.core.allowances import Allowances
from app.core.errors import DomainError, TooMany
from app.core.settings import current_settings
from app.events.accepted import Accepted, Rejected
from app.events.operations.intake import Arrival, remember, store_arrivals
from app.workspaces.credentials import Credential
from app.workspaces.operations.admission import (
    app_spoken_for,
    known_caller,
    refuse_closed,
    refuse_dead,
    refuse_foreign,
    refuse_unscoped,
)
from app.workspaces.operations.keys import is_use_due, note_use
from app.workspaces.queries.callers import Caller

_allowances = Allowances("events")

TRUST = {"secret": "server", "publishable": "browser"}


@dataclass
class Delivery:
    """What one request brings, and why it was refused, if it was."""

    credential: Credential
    named_app: str | None
    origin: str | None
    events: Sequence[Accepted | Rejected]
    key_id: UUID | None = field(default=None, init=False)
    refusal: DomainError | None = field(default=None, init=False)


@dataclass(frozen=True)
class Admitted:
    """A delivery whose key was let in."""

    delivery: Delivery
    key_id: UUID
    app_id: UUID
    trust: str


def receive(deliveries: Sequence[Delivery]) -> None:
    """Take in what came with a good key; say of each other delivery why not."""
    admitted = _within_rate(_let_in(deliveries))
    events = [(each.app_id, each.trust, event) for each in admitted for event in each.delivery.events]
    store_arrivals([Arrival(app, trust, event) for app, trust, event in events if isinstance(event, Accepted)])
    for each in admitted:
        remember(each.app_id, each.trust, [event for event in each.delivery.events if isinstance(event, Rejected)])


def _let_in(deliveries: Sequence[Delivery]) -> list[Admitted]:
    callers: dict[tuple[bytes, str | None], Caller] = {}
    used: set[UUID] = set()
    admitted: list[Admitted] = []
    for delivery in deliveries:
        # It may be here again, alone, after a transaction in company failed.
        delivery.refusal = None
        who = (delivery.credential.digest, delivery.named_app)
        try:
            found = callers.get(who) or known_caller(delivery.credential, delivery.named_app)
            callers[who] = found
            delivery.key_id = found.key_id
            refuse_dead(found)
            if is_use_due(found.last_used_at):
                used.add(found.key_id)
            app_id = _checked(found, delivery)
        except DomainError as refusal:
            delivery.refusal = refusal
        else:
            admitted.append(Admitted(delivery, found.key_id, app_id, TRUST[found.kind]))
    for key_id in used:
        note_use(key_id)
    return admitted


def _checked(found: Caller, delivery: Delivery) -> UUID:
    """The app that the delivery is for."""
    refuse_closed(found, delivery.named_app)
    if found.kind == "secret":
        refuse_unscoped(found, "events")
    else:
        refuse_foreign(found, delivery.origin)
    return app_spoken_for(found)


def _within_rate(admitted: Sequence[Admitted]) -> list[Admitted]:
    """Those whose key has not sent too much within the last minute, counted once a key."""
    sizes: dict[UUID, int] = defaultdict(int)
    for each in admitted:
        sizes[each.key_id] += len(each.delivery.events)
    rate = current_settings().event_rate_per_minute
    waits = {
        key_id: seconds
        for key_id, size in sizes.items()
        if size and (seconds := _allowances.use(str(key_id), size, rate))
    }
    for each in admitted:
        if seconds := waits.get(each.key_id):
            each.delivery.refusal = TooMany("This key sent too many events. Wait, then go on.", retry_after=seconds)
    return [each for each in admitted if each.key_id not in waits]
