"""Rows of events as those who work them off see them."""

import json
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from app.events.platforms import platform_of
from app.events.subscribing import WorkedEvent
from app.people.sightings import Sighting

_decode = msgspec.json.Decoder().decode
_decode_raws = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class EventRow(NamedTuple):
    """An event as it is read, in the order of the statement's columns."""

    id: UUID
    app_id: UUID
    kind: str
    name: str
    user_id: str | None
    anonymous_id: str | None
    message_id: str
    session_id: str | None
    occurred_at: Any
    received_at: Any
    trust: str
    context: str
    properties: str
    country: str | None

    @property
    def is_blank(self) -> bool:
        """Whether the person behind it was erased."""
        return self.user_id is None and self.anonymous_id is None


def decoded(text: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = _decode(text)
    except msgspec.DecodeError:
        # A number beyond every float, which JSON and PostgreSQL both know.
        found = json.loads(text)
    return found


def sighting_of(row: EventRow, context: dict[str, Any]) -> Sighting:
    """What an event says of who is behind it."""
    traits = former_id = None
    if row.kind == "identify":
        traits = {name: bytes(value).decode() for name, value in _decode_raws(row.properties).items()}
    elif row.kind == "alias":
        said = decoded(row.properties).get("previousId")
        former_id = said if isinstance(said, str) and said else None
    return Sighting(
        app_id=row.app_id,
        at=row.occurred_at,
        user_id=row.user_id,
        anonymous_id=row.anonymous_id,
        is_from_browser=row.trust == "browser",
        is_explicit=row.kind in ("identify", "alias"),
        traits=traits,
        former_id=former_id,
        country=row.country,
        platform=platform_of(context),
    )


def worked_event(row: EventRow, context: dict[str, Any], person_id: UUID, origin_id: UUID) -> WorkedEvent:
    return WorkedEvent(
        id=row.id,
        app_id=row.app_id,
        person_id=person_id,
        origin_id=origin_id,
        kind=row.kind,
        name=row.name,
        user_id=row.user_id,
        anonymous_id=row.anonymous_id,
        message_id=row.message_id,
        session_id=row.session_id,
        occurred_at=row.occurred_at,
        received_at=row.received_at,
        trust=row.trust,
        context=context,
        properties=decoded(row.properties),
        country=row.country,
    )
