"""Reads about what was sent, what came back, and what still waits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import defer

from app.core.clock import now
from app.core.db import session
from app.core.errors import Missing
from app.core.ids import first_id_at
from app.core.tables import OutboxMessage
from app.core.tenancy import required_workspace
from app.webhooks.models import WebhookAttempt

LATELY = timedelta(days=1)
CHUNK = 500


@dataclass(frozen=True)
class Rate:
    """How many attempts there were, and how many of them succeeded."""

    attempts: int = 0
    succeeded: int = 0

    @property
    def percent(self) -> int | None:
        """Rounded down, so that 100 means all."""
        return self.succeeded * 100 // self.attempts if self.attempts else None


@dataclass(frozen=True)
class Backlog:
    """How many messages to an endpoint wait or were given up, and when the next is tried."""

    waiting: int = 0
    failed: int = 0
    next_attempt_at: datetime | None = None


def attempts(
    endpoint_id: UUID, *, failed: bool = False, type: str | None = None, message_id: UUID | None = None
) -> Select[WebhookAttempt]:
    """An endpoint's attempts, narrowed to those that failed, to a type, to one message."""
    query = select(WebhookAttempt).where(
        WebhookAttempt.workspace_id == required_workspace(), WebhookAttempt.endpoint_id == endpoint_id
    )
    if failed:
        query = query.where(WebhookAttempt.succeeded.is_(False))
    if type:
        query = query.where(WebhookAttempt.type == type)
    return query.where(WebhookAttempt.message_id == message_id) if message_id else query


def briefly(query: Select[WebhookAttempt]) -> Select[WebhookAttempt]:
    """Without what was sent and answered: that is sealed, and opened one by one."""
    return query.options(defer(WebhookAttempt.request), defer(WebhookAttempt.response))


def all_of(query: Select[WebhookAttempt]) -> Iterator[WebhookAttempt]:
    """Newest first, a few hundred at a time: whoever reads may go away in the middle, and nothing is left open."""
    below = briefly(query).order_by(WebhookAttempt.id.desc()).limit(CHUNK)
    found = session.scalars(below).all()
    while found:
        yield from found
        last = found[-1].id
        session.expunge_all()
        found = session.scalars(below.where(WebhookAttempt.id < last)).all()


def attempt_by_id(endpoint_id: UUID, attempt_id: UUID) -> WebhookAttempt:
    found = session.scalar(attempts(endpoint_id).where(WebhookAttempt.id == attempt_id))
    if found is None:
        raise Missing
    return found


def attempts_at(message_id: UUID) -> Sequence[WebhookAttempt]:
    """All attempts at one message, newest first."""
    at_it = WebhookAttempt.workspace_id == required_workspace(), WebhookAttempt.message_id == message_id
    return session.scalars(briefly(select(WebhookAttempt).where(*at_it).order_by(WebhookAttempt.id.desc()))).all()


def latest_attempt(message_id: UUID) -> WebhookAttempt | None:
    """The last attempt at one message, whole."""
    at_it = WebhookAttempt.workspace_id == required_workspace(), WebhookAttempt.message_id == message_id
    return session.scalar(select(WebhookAttempt).where(*at_it).order_by(WebhookAttempt.id.desc()).limit(1))


def rates(endpoint_ids: Sequence[UUID]) -> dict[UUID, Rate]:
    """How it went within the last day, by endpoint."""
    counted = session.execute(
        select(
            WebhookAttempt.endpoint_id,
            func.count(),
            func.count().filter(WebhookAttempt.succeeded),
        )
        .where(
            WebhookAttempt.workspace_id == required_workspace(),
            WebhookAttempt.endpoint_id.in_(endpoint_ids),
            WebhookAttempt.id >= first_id_at(now() - LATELY),
        )
        .group_by(WebhookAttempt.endpoint_id)
    )
    return {endpoint_id: Rate(count, good) for endpoint_id, count, good in counted}


def backlog(endpoint_id: UUID) -> Backlog:
    """What has not arrived."""
    query = (
        select(OutboxMessage.status, func.count(), func.min(OutboxMessage.next_attempt_at))
        .where(
            OutboxMessage.workspace_id == required_workspace(),
            OutboxMessage.target_id == endpoint_id,
            OutboxMessage.status.in_(("waiting", "failed")),
        )
        .group_by(OutboxMessage.status)
    )
    found = {status: (count, due) for status, count, due in session.execute(query)}
    waiting, next_attempt_at = found.get("waiting", (0, None))
    return Backlog(waiting, found.get("failed", (0, None))[0], next_attempt_at)
