"""Messages to the outside, as much of them as staff may see: never the body, which may hold links that sign in."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import Select, func, select

from app.core.clock import now
from app.core.db import session
from app.core.errors import Missing
from app.core.logs import masked
from app.core.outbox_queries import STATUSES
from app.core.tables import OutboxMessage
from app.workspaces.models import Workspace

CHANNELS = ("email", "webhook")


@dataclass(frozen=True)
class Message:
    """One message without its body, and without the part of its address that names a person."""

    id: UUID
    workspace: Workspace
    channel: str
    destination: str
    subject: str | None
    status: str
    is_being_sent: bool
    attempts: int
    last_error: str | None
    next_attempt_at: datetime | None
    sent_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, message: OutboxMessage, workspace: Workspace) -> Self:
        payload = json.loads(message.payload)
        return cls(
            id=message.id,
            workspace=workspace,
            channel=message.channel,
            destination=masked_destination(message.channel, message.destination),
            # A letter has a subject, a webhook a type.
            subject=payload.get("subject") or payload.get("type"),
            status=message.status,
            is_being_sent=message.claimed_until is not None and message.claimed_until > now(),
            attempts=message.attempts,
            last_error=masked(message.last_error) if message.last_error else None,
            next_attempt_at=message.next_attempt_at,
            sent_at=message.sent_at,
            created_at=message.created_at,
        )


def masked_destination(channel: str, destination: str) -> str:
    """Where it goes, without whom: the domain of an address, the host of a URL."""
    if channel == "email":
        return f"…@{destination.rpartition('@')[2]}"
    return f"{urlsplit(destination).hostname}/…"


def messages(*, status: str | None = None, channel: str | None = None) -> Select[OutboxMessage, Workspace]:
    query = select(OutboxMessage, Workspace).join(Workspace, Workspace.id == OutboxMessage.workspace_id)
    if status:
        query = query.where(OutboxMessage.status == status)
    return query.where(OutboxMessage.channel == channel) if channel else query


def message(workspace_id: UUID, message_id: UUID) -> Message:
    found = session.execute(
        messages().where(OutboxMessage.workspace_id == workspace_id, OutboxMessage.id == message_id)
    ).one_or_none()
    if found is None:
        raise Missing
    return Message.of(*found)


def counts() -> dict[str, dict[str, int]]:
    """How many messages there are, by channel and status; channels that were never used are left out."""
    rows = session.execute(
        select(OutboxMessage.channel, OutboxMessage.status, func.count()).group_by(
            OutboxMessage.channel, OutboxMessage.status
        )
    ).all()
    counted = {(channel, status): count for channel, status, count in rows}
    used = [channel for channel in CHANNELS if any(channel == known for known, _ in counted)]
    return {channel: {status: counted.get((channel, status), 0) for status in STATUSES} for channel in used}
