"""What is to be told to the outside: written down in the transaction that causes it, delivered by a job after it."""

import json
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from app.core import mail
from app.core.clock import now
from app.core.db import session
from app.core.errors import Conflict, Missing
from app.core.ids import new_id
from app.core.jobs import enqueue
from app.core.tables import OutboxMessage
from app.core.tenancy import SYSTEM_WORKSPACE, current_workspace, required_workspace, scope

DELIVER = "app.core.chores.deliver_outbox"


def send_mail(to: str, template: str, **context: Any) -> UUID:
    """Send `email/<template>.txt` (its first line is the subject) and `.html` to one address."""
    environment = current_app.jinja_env
    # Rendered without context processors: a mail knows nothing of the request that caused it.
    subject, _, text = environment.get_template(f"email/{template}.txt").render(context).partition("\n")
    html = environment.get_template(f"email/{template}.html").render(context)
    letter = mail.Letter(subject=subject.removeprefix("Subject:").strip(), text=text.strip() + "\n", html=html)
    return post("email", mail.checked_address(to), letter.as_payload())


def post(channel: str, destination: str, payload: dict[str, Any]) -> UUID:
    """Write a message of the current workspace, or of the platform where there is none, and ring for its delivery."""
    message = OutboxMessage(
        id=new_id(),
        workspace_id=current_workspace() or SYSTEM_WORKSPACE,
        channel=channel,
        destination=destination,
        payload=json.dumps(payload),
        next_attempt_at=now(),
    )
    with scope(message.workspace_id):
        session.add(message)
        session.flush()
    ring(message.workspace_id)
    return message.id


def resend(message_id: UUID) -> OutboxMessage:
    """Deliver a message of the current workspace again, or a waiting one now, with all its attempts before it."""
    message = _held(message_id)
    message.status = "waiting"
    message.attempts = 0
    message.next_attempt_at = now()
    message.claimed_until = None
    message.sent_at = None
    session.flush()
    ring(message.workspace_id)
    return message


def give_up(message_id: UUID) -> OutboxMessage:
    """Try a waiting message of the current workspace no more."""
    message = _held(message_id)
    if message.status != "waiting":
        raise Conflict("not_waiting", "This message is not waiting any more.")
    message.status = "failed"
    message.next_attempt_at = None
    message.claimed_until = None
    session.flush()
    return message


def _held(message_id: UUID) -> OutboxMessage:
    # The row lock ends the race with a worker that claims the message at this moment.
    message = session.scalar(
        select(OutboxMessage)
        .where(OutboxMessage.workspace_id == required_workspace(), OutboxMessage.id == message_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if message is None:
        raise Missing
    if message.claimed_until is not None and message.claimed_until > now():
        raise Conflict("being_sent", "This message is being sent at this moment.")
    return message


def ring(workspace_id: UUID) -> None:
    """Have what is due in this workspace delivered after the commit."""
    enqueue(DELIVER, str(workspace_id), queue="outbox")
