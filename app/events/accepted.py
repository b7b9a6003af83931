"""What becomes of something that was sent as an event: it is taken, or it is refused with the reason."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct


class Accepted(Struct, frozen=True, kw_only=True):
    """An event that can be stored as it is."""

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


class Rejected(Struct, frozen=True, kw_only=True):
    """Something that was sent as an event and cannot be taken; the excerpt is the beginning of it."""

    code: str
    message: str
    name: str | None
    excerpt: str


class Stored(Struct, frozen=True, kw_only=True):
    """The ids of the events that were new, and how many were there already."""

    ids: list[UUID]
    duplicates: int
