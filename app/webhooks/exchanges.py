"""One request to a developer's server and what came back, as it is sent and as it is kept."""

import json
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from app.core.clock import now
from app.core.outgoing import Answer, NoAnswer, call
from app.core.parcels import Parcel
from app.webhooks.models import WebhookEndpoint
from app.webhooks.secrets import signed_headers

LONGEST_WAIT = timedelta(hours=24)
LONGEST_VALUE = 1000


@dataclass(frozen=True)
class Letter:
    """What is sent: a message as it goes out this time."""

    type: str
    url: str
    headers: dict[str, str]
    body: bytes

    def as_kept(self) -> str:
        return json.dumps({"url": self.url, "headers": self.headers, "body": self.body.decode()})


@dataclass(frozen=True)
class Outcome:
    """What became of it; without an answer the error says why."""

    answer: Answer | None
    error: str | None
    milliseconds: int

    @property
    def succeeded(self) -> bool:
        return self.error is None

    def as_kept(self) -> str | None:
        if self.answer is None:
            return None
        headers = [[name, value[:LONGEST_VALUE]] for name, value in self.answer.headers]
        body = self.answer.body.decode(errors="replace")
        return json.dumps({"headers": headers, "body": body, "is_cut": self.answer.is_cut})


def letter_to(endpoint: WebhookEndpoint, parcel: Parcel) -> Letter:
    """Signed anew for each attempt, since receivers refuse what was signed long ago; the id stays the message's."""
    at = now()
    body = json.dumps(parcel.payload, separators=(",", ":")).encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Guerdon-Webhooks/1",
        **signed_headers(str(parcel.id), at, body, endpoint.live_secrets(at)),
    }
    return Letter(parcel.payload["type"], endpoint.url, headers, body)


def sent(letter: Letter) -> Outcome:
    """Send it, once."""
    begun = time.monotonic()
    answer, error = None, None
    try:
        answer = call("POST", letter.url, letter.headers, letter.body)
        error = _refusal(answer.status)
    except NoAnswer as failed:
        error = str(failed)
    return Outcome(answer, error, int((time.monotonic() - begun) * 1000))


def asked_to_wait(answer: Answer, at: datetime) -> timedelta | None:
    """How long `Retry-After` asks for, in seconds or until a date, and never longer than a day."""
    text = next((value.strip() for name, value in answer.headers if name.lower() == "retry-after"), "")
    if text.isascii() and text.isdecimal():
        # Only as many digits as matter: the rest would be more than a timedelta holds.
        wait = timedelta(seconds=int(text[:9]))
    else:
        try:
            until: Any = parsedate_to_datetime(text)
            wait = (until if until.tzinfo else until.replace(tzinfo=at.tzinfo)) - at
        except (ValueError, OverflowError):
            return None
    return min(wait, LONGEST_WAIT) if wait > timedelta(0) else None


def _refusal(status: int) -> str | None:
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return f"It answered {status}. Redirects are not followed: enter the address it leads to."
    return f"It answered {status}."
