"""What staff do about messages that did not arrive."""

from uuid import UUID

from app.core import outbox
from app.core.audit import record
from app.core.db import session
from app.core.errors import Conflict
from app.core.tables import OutboxMessage
from app.core.tenancy import scope


def retry_message(workspace_id: UUID, message_id: UUID) -> None:
    """Deliver it now, with all its attempts before it; one that arrived is not sent twice."""
    message = session.get(OutboxMessage, (workspace_id, message_id))
    if message is not None and message.status == "sent":
        raise Conflict("sent_already", "This message was sent. Nothing was done.")
    with scope(workspace_id):
        outbox.resend(message_id)
        record("message.retried", "message", message_id)


def give_message_up(workspace_id: UUID, message_id: UUID) -> None:
    """Stop trying."""
    with scope(workspace_id):
        outbox.give_up(message_id)
        record("message.given_up", "message", message_id)
