"""An endpoint, a test that was sent to it, and the attempt at it, written straight into the tables."""

import json
from uuid import UUID

from app.core.clock import now
from app.core.db import session
from app.core.ids import new_id
from app.core.tables import OutboxMessage
from app.core.tenancy import unit_of_work
from app.webhooks.models import WebhookAttempt, WebhookEndpoint
from app.webhooks.secrets import new_secret
from app.webhooks.types import TEST, TYPES


def a_told_endpoint(workspace_id: UUID, url: str = "https://hooks.example/") -> dict[str, UUID]:
    """What an address may name of it."""
    ids = {"endpoint_id": new_id(), "attempt_id": new_id()}
    message_id = new_id()
    said = {"type": TEST, "timestamp": "2026-11-20T09:00:00Z", "data": {"message": "Hello"}}
    request = {"url": url, "headers": {"webhook-id": str(message_id)}, "body": json.dumps(said)}
    with unit_of_work(workspace_id):
        session.add(WebhookEndpoint(id=ids["endpoint_id"], url=url, types=list(TYPES), secret=new_secret()))
        session.flush()
        session.add(
            OutboxMessage(
                id=message_id,
                channel="webhook",
                target_id=ids["endpoint_id"],
                destination=url,
                payload=json.dumps(said),
                status="sent",
                sent_at=now(),
                attempts=1,
            )
        )
        session.add(
            WebhookAttempt(
                id=ids["attempt_id"],
                endpoint_id=ids["endpoint_id"],
                message_id=message_id,
                type=TEST,
                number=1,
                request=json.dumps(request),
                response_status=200,
                response=json.dumps({"headers": [["Server", "Kiln"]], "body": "ok", "is_cut": False}),
                duration_ms=87,
                succeeded=True,
            )
        )
    return ids
