"""What became of a test."""

from dataclasses import dataclass
from uuid import UUID

from app.core.outbox_queries import message_by_id
from app.webhooks.models import WebhookAttempt
from app.webhooks.queries.attempts import latest_attempt


@dataclass(frozen=True)
class Test:
    """A test: what came back, or why nothing was sent, or neither while it is on its way."""

    id: UUID
    attempt: WebhookAttempt | None
    error: str | None
    is_under_way: bool


def test_of(endpoint_id: UUID, message_id: UUID | None) -> Test | None:
    """A test of this endpoint by its message."""
    message = message_by_id(message_id) if message_id else None
    if message is None or message.target_id != endpoint_id:
        return None
    return Test(message.id, latest_attempt(message.id), message.last_error, message.status == "waiting")
