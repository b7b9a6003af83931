"""What is seen of people, and what comes of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct


class Sighting(Struct, frozen=True, kw_only=True, gc=False):
    """Somebody was seen: by a user id, by an anonymous id, or by both.

    `traits` are what an identify call says, each value as JSON text in the form PostgreSQL gives it. `former_id` is
    what an alias call says the user id was before.
    """

    app_id: UUID
    at: datetime
    user_id: str | None = None
    anonymous_id: str | None = None
    is_from_browser: bool = False
    is_explicit: bool = False
    traits: Mapping[str, str] | None = None
    former_id: str | None = None
    country: str | None = None
    platform: str | None = None


class Said(Struct, frozen=True, gc=False):
    """What a sighting brought about: its place in the batch, what, and the details."""

    place: int
    kind: str
    details: dict[str, Any]


class Recognised(Struct, frozen=True, kw_only=True):
    """For each sighting the person, the row of the very id that was seen, and what it brought about."""

    person_ids: Sequence[UUID]
    origin_ids: Sequence[UUID]
    said: Sequence[Said]
