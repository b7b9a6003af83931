"""What a channel is handed to deliver, and how it says that it could not."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

NO_TIME = timedelta(0)


class Refused(Exception):
    """The other side will never take this, so it is not tried again."""


class Later(Exception):
    """The other side wants to be left alone: this message for `pause` at least, the others to it for `rest`."""

    def __init__(self, words: str, *, pause: timedelta = NO_TIME, rest: timedelta = NO_TIME) -> None:
        super().__init__(words)
        self.pause = pause
        self.rest = rest


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
    target_id: UUID | None = None
