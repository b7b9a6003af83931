"""When an event happened, by a clock that may be wrong."""

from datetime import UTC, datetime, timedelta
from typing import Any

from app.events.storable import Unfit

FIRST = datetime(2000, 1, 1, tzinfo=UTC)
AHEAD = timedelta(hours=24)
FORM = '"2026-11-20T12:00:00.000Z"'


def occurred_at(raw: dict[str, Any], sent_at: Any, received_at: datetime) -> datetime:
    """The time on our clock: how long before sending it happened is right even where the sender's clock is wrong."""
    sent = _time(raw.get("sentAt") or sent_at, "sentAt")
    original, stated = (
        _time(raw.get("originalTimestamp"), "originalTimestamp"),
        _time(raw.get("timestamp"), "timestamp"),
    )
    told = original or stated
    if told is None:
        return received_at
    try:
        at = received_at - (sent - told) if sent else stated or told
    except OverflowError:
        at = told
    if at > received_at + AHEAD:
        raise Unfit("timestamp_in_future", "The event's time is more than 24 hours ahead.")
    if at < FIRST:
        raise Unfit("timestamp_too_old", "The event's time is before the year 2000.")
    return at


def _time(value: Any, field: str) -> datetime | None:
    if value is None or value == "":
        return None
    # Digits alone would be read as a date of an old notation; who sends them means seconds.
    if not isinstance(value, str) or value.isdecimal():
        raise _unreadable(field)
    try:
        at = datetime.fromisoformat(value)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _unreadable(field) from None


def _unreadable(field: str) -> Unfit:
    return Unfit("timestamp_not_valid", f"{field} is a time in ISO 8601 as text, such as {FORM}, not a number.")
