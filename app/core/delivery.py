"""Delivers outbox messages: at least once, by one worker at a time, with patience.

A channel is a function that takes a `Parcel` and raises when it did not arrive: `Refused` when trying again is
useless, `Later` when the other side wants a pause, anything else when it may work at its time.
"""

import json
import random
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import select

from app.core import mail
from app.core.clock import now
from app.core.db import session
from app.core.jobs import LONGEST_RUN
from app.core.logs import masked
from app.core.outbox_queries import due
from app.core.outbox_targets import put_off
from app.core.parcels import Later, Parcel, Refused
from app.core.tables import OutboxMessage
from app.core.tenancy import unit_of_work

log = structlog.get_logger()

CHANNELS: dict[str, Callable[[Parcel], None]] = {"email": mail.deliver}

# How long after the failed attempt before it each attempt follows; the first comes at once.
PAUSES = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
JITTER = 0.1
# Longer than a job may run, so that a claim outlives the worker that made it.
CLAIM = LONGEST_RUN + timedelta(minutes=2)
DIED = "The worker ended during the last attempt."


def deliver_next(workspace_id: UUID, channel: str) -> bool:
    """Deliver the message that has been due longest; False when there is none."""
    with unit_of_work(workspace_id):
        parcel = _claim(channel)
    if parcel is None:
        return False
    error = _attempt(parcel)
    with unit_of_work(workspace_id):
        _settle(parcel, error)
    return True


def _claim(channel: str) -> Parcel | None:
    at = now()
    # Two workers may ask at once: the row lock lets one have the message and the other skip it, and the claim keeps
    # it from everybody while it is under way, which no transaction should be kept open for.
    due_here = select(OutboxMessage).where(OutboxMessage.channel == channel, due(at))
    first = due_here.order_by(OutboxMessage.next_attempt_at).limit(1)
    while (message := session.scalar(first.with_for_update(skip_locked=True))) is not None:
        if message.attempts >= len(PAUSES):
            _give_up(message, DIED)
            continue
        message.attempts += 1
        message.claimed_until = at + CLAIM
        return Parcel(
            id=message.id,
            workspace_id=message.workspace_id,
            channel=message.channel,
            target_id=message.target_id,
            destination=message.destination,
            payload=json.loads(message.payload),
            attempt=message.attempts,
            written_at=message.created_at,
        )
    return None


def _attempt(parcel: Parcel) -> Exception | None:
    try:
        CHANNELS[parcel.channel](parcel)
    except Exception as error:
        what = {"channel": parcel.channel, "message_id": str(parcel.id), "attempt": parcel.attempt}
        log.warning("not_delivered", **what, error=repr(error))
        return error
    return None


def _settle(parcel: Parcel, error: Exception | None) -> None:
    waiting = select(OutboxMessage).where(OutboxMessage.id == parcel.id, OutboxMessage.status == "waiting")
    message = session.scalar(waiting.with_for_update())
    # That it arrived is true whoever says it; that it did not, only the newest claim may say.
    if message is None or (error is not None and message.attempts != parcel.attempt):
        return
    if error is None:
        message.status, message.next_attempt_at, message.sent_at = "sent", None, now()
        message.claimed_until = message.last_error = None
    elif isinstance(error, Refused) or message.attempts >= len(PAUSES):
        _give_up(message, _words(error))
    else:
        message.next_attempt_at = now() + _pause(message.attempts, error)
        message.claimed_until, message.last_error = None, _words(error)
    if isinstance(error, Later) and error.rest and parcel.target_id:
        session.flush()
        put_off(parcel.target_id, now() + error.rest)


def _pause(attempts: int, error: Exception) -> timedelta:
    pause = PAUSES[attempts] * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311
    return max(pause, error.pause) if isinstance(error, Later) else pause


def _give_up(message: OutboxMessage, why: str) -> None:
    message.status, message.last_error = "failed", why
    message.next_attempt_at = message.claimed_until = None
    session.flush()


def _words(error: Exception) -> str:
    return masked(str(error) or type(error).__name__)[:500]
