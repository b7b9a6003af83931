"""Send by hand: a test, one message again, everything again that failed."""

from uuid import UUID

from app.core import outbox
from app.core.audit import record
from app.core.errors import Conflict, Missing
from app.core.outbox import post_all
from app.core.outbox_queries import message_by_id
from app.core.outbox_targets import resend_failed
from app.webhooks.models import WebhookAttempt, WebhookEndpoint
from app.webhooks.operations.announcing import CHANNEL, draft, payload
from app.webhooks.queries.attempts import attempt_by_id
from app.webhooks.queries.endpoints import endpoint_by_id
from app.webhooks.types import TEST, TEST_DATA


def send_test(endpoint_id: UUID, message_id: UUID) -> UUID:
    """Send `webhook.test` now, once; asked again with the same id, nothing more is sent."""
    # The lock ends the race of a double click: the second waits, and finds the message of the first.
    endpoint = _living(endpoint_id)
    if message_by_id(message_id) is None:
        post_all(CHANNEL, [draft(endpoint, payload(TEST, TEST_DATA), id=message_id)])
        record("webhook.tested", "webhook", endpoint.id, name=endpoint.title)
    return message_id


def resend_attempt(endpoint_id: UUID, attempt_id: UUID) -> WebhookAttempt:
    """Send the message of an attempt again, with the same `webhook-id`."""
    endpoint, attempt = _living(endpoint_id), attempt_by_id(endpoint_id, attempt_id)
    try:
        outbox.resend(attempt.message_id)
    except Missing:
        raise Conflict("message_gone", "This message is older than a month and no longer kept.") from None
    record("webhook.resent", "webhook", endpoint.id, name=endpoint.title, type=attempt.type)
    return attempt


def resend_all_failed(endpoint_id: UUID) -> int:
    """Send again everything that was given up; returns how many messages that are."""
    endpoint = _living(endpoint_id)
    count = resend_failed(CHANNEL, endpoint.id)
    if count:
        record("webhook.failed_resent", "webhook", endpoint.id, name=endpoint.title, count=count)
    return count


def _living(endpoint_id: UUID) -> WebhookEndpoint:
    endpoint = endpoint_by_id(endpoint_id, lock=True)
    if endpoint.disabled_at is not None:
        raise Conflict("endpoint_disabled", "This endpoint is disabled. Enable it first.")
    return endpoint
