"""What is to be told to the outside: written down in the transaction that causes it, delivered by a job after it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from flask import current_app
from sqlalchemy import insert, select

from app.core import mail
from app.core.clock import now
from app.core.db import after_commit, session
from app.core.errors import Conflict, Missing
from app.core.ids import new_id
from app.core.jobs import push
from app.core.redis import Away, ask
from app.core.tables import OutboxMessage
from app.core.tenancy import SYSTEM_WORKSPACE, current_workspace, required_workspace, scope

log = structlog.get_logger()

DELIVER = "app.core.chores.deliver_outbox"
QUEUE_OF = {"email": "outbox", "webhook": "webhooks"}
# How long a bell counts as rung when nobody comes.
BELL_SECONDS = 30


@dataclass(frozen=True)
class Draft:
    """A message before it is written down; `target_id` is whom it is for, where the channel keeps that."""

    destination: str
    payload: dict[str, Any]
    target_id: UUID | None = None
    id: UUID = field(default_factory=new_id)


def send_mail(to: str, template: str, **context: Any) -> UUID:
    """Send `email/<template>.txt` (its first line is the subject) and `.html` to one address."""
    environment = current_app.jinja_env
    # Rendered without context processors: a mail knows nothing of the request that caused it.
    subject, _, text = environment.get_template(f"email/{template}.txt").render(context).partition("\n")
    html = environment.get_template(f"email/{template}.html").render(context)
    letter = mail.Letter(subject=subject.removeprefix("Subject:").strip(), text=text.strip() + "\n", html=html)
    return post("email", mail.checked_address(to), letter.as_payload())


def post(channel: str, destination: str, payload: dict[str, Any]) -> UUID:
    """Write one message and ring for its delivery."""
    draft = Draft(destination, payload)
    post_all(channel, [draft])
    return draft.id


def post_all(channel: str, drafts: Sequence[Draft]) -> None:
    """Write messages of the current workspace, or of the platform where there is none, and ring once for all."""
    if not drafts:
        return
    workspace_id, at = current_workspace() or SYSTEM_WORKSPACE, now()
    with scope(workspace_id):
        session.execute(
            insert(OutboxMessage),
            [
                {
                    "id": draft.id,
                    "workspace_id": workspace_id,
                    "channel": channel,
                    "target_id": draft.target_id,
                    "destination": draft.destination,
                    "payload": json.dumps(draft.payload),
                    "next_attempt_at": at,
                }
                for draft in drafts
            ],
        )
    ring(workspace_id, channel)


def resend(message_id: UUID) -> OutboxMessage:
    """Deliver a message of the current workspace again, or a waiting one now, with all its attempts before it."""
    message = _held(message_id)
    message.status = "waiting"
    message.attempts = 0
    message.next_attempt_at = now()
    message.claimed_until = None
    message.sent_at = None
    session.flush()
    ring(message.workspace_id, message.channel)
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


def ring(workspace_id: UUID, channel: str) -> None:
    """Have what is due in this workspace delivered after the commit."""
    after_commit(partial(_ring, workspace_id, channel))


def silence(workspace_id: UUID, channel: str) -> None:
    """Whoever writes a message from now on rings again; called before looking for messages, so that none is missed."""
    try:
        ask(lambda redis: redis.delete(_bell(workspace_id, channel)))
    except Away:
        log.warning("bell_left_ringing", channel=channel)


def _ring(workspace_id: UUID, channel: str) -> None:
    # The transaction is durable already, so nothing may fail here: the sweep finds work that nobody rang for.
    try:
        # A job that was asked for and has not begun will find this message too.
        if ask(lambda redis: redis.set(_bell(workspace_id, channel), "1", nx=True, ex=BELL_SECONDS)):
            push(DELIVER, str(workspace_id), channel, queue=QUEUE_OF[channel])
    except Away:
        log.warning("job_left_to_the_sweep", job=DELIVER)


def _bell(workspace_id: UUID, channel: str) -> str:
    return f"ring:outbox:{workspace_id}:{channel}"
