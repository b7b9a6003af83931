"""A crowd of people whose events are hard to tell apart: devices change hands, ids change, messages come twice."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from app.events.operations.intake import Accepted, Arrival

BEGINNING = datetime(2026, 9, 1, tzinfo=UTC)
USERS = [f"user-{number}" for number in range(40)]
DEVICES = [f"device-{number}" for number in range(70)]
VALUES: list[Any] = ["pro", "free", None, 1, 1.0, True, {"city": "Faro"}, "x" * 1200]


def a_crowd(seed: int, size: int) -> list[tuple[str, Accepted]]:
    """So many events with the trust they are sent in; about one in twenty is sent a second time."""
    dice = random.Random(seed)
    events: list[tuple[str, Accepted]] = []
    while len(events) < size:
        if events and dice.random() < 0.05:
            events.append(dice.choice(events))
        else:
            events.append((dice.choice(["server", "browser"]), _event(dice, f"m{len(events)}")))
    return events


def arrivals(app_id: UUID, events: list[tuple[str, Accepted]]) -> list[Arrival]:
    return [Arrival(app_id, trust, event) for trust, event in events]


def _event(dice: random.Random, message_id: str) -> Accepted:
    user_id: str | None = dice.choice(USERS) if dice.random() < 0.6 else None
    # Most people keep to a device or two; some devices are everybody's.
    near = USERS.index(user_id) if user_id else dice.randrange(len(USERS))
    device = dice.choice(DEVICES[:4]) if dice.random() < 0.1 else DEVICES[(near + dice.choice([0, 0, 0, 30])) % 70]
    anonymous_id = device if user_id is None or dice.random() < 0.4 else None
    kind = dice.choices(["track", "page", "identify", "alias", "group"], [70, 10, 15, 2 if user_id else 0, 3])[0]
    properties: dict[str, Any] = {}
    if kind == "identify":
        names = dice.sample(
            ["name", "email", "plan", "age", *(f"t{number}" for number in range(110))], dice.choice([2, 3, 60])
        )
        properties = {name: dice.choice(VALUES) for name in names}
    elif kind == "alias":
        properties = {"previousId": dice.choice([dice.choice(USERS), dice.choice(DEVICES), "never-seen"])}
    # Few moments, so that many are the same to the microsecond.
    at = BEGINNING + timedelta(hours=dice.randrange(24 * 60))
    return Accepted(
        kind=kind,
        name=dice.choice(["purchase", "level_completed", "login"]) if kind == "track" else kind,
        user_id=user_id,
        anonymous_id=anonymous_id,
        message_id=message_id,
        session_id=None,
        occurred_at=at,
        context={"os": {"name": dice.choice(["iOS", "Android"])}} if dice.random() < 0.5 else {},
        properties=properties,
        country=dice.choice([None, "DE", "PT", "FI"]),
        ip_hash=None,
    )
