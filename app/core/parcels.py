"""What a channel is handed to deliver."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


class Refused(Exception):
    """The other side will never take this, so it is not tried again."""


@dataclass(frozen=True)
class Parcel:
    """One attempt at delivering one outbox message."""

    id: UUID
    workspace_id: UUID
    channel: str
    destination: str
    payload: dict[str, Any]
    attempt: int
    written_at: datetime
