"""What waits to be told to the outside, what was told, and what could not be."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from app.core.db import session
from app.core.tables import OutboxMessage
from app.core.tenancy import required_workspace

STATUSES = ("waiting", "sent", "failed")


def due(at: datetime) -> ColumnElement[bool]:
    """Messages whose time has come and that no living worker holds."""
    return and_(
        OutboxMessage.status == "waiting",
        OutboxMessage.next_attempt_at <= at,
        or_(OutboxMessage.claimed_until.is_(None), OutboxMessage.claimed_until <= at),
    )


def where_something_is_due(at: datetime) -> list[tuple[UUID, str]]:
    """Which workspaces have something to deliver, and by which channel; asked as staff."""
    query = select(OutboxMessage.workspace_id, OutboxMessage.channel).where(due(at)).distinct()
    return [(workspace_id, channel) for workspace_id, channel in session.execute(query)]


def count_due(channel: str, at: datetime, *, most: int) -> int:
    """How many messages of the current workspace are due, counted up to a bound."""
    found = select(OutboxMessage.id).where(OutboxMessage.channel == channel, due(at)).limit(most)
    return session.scalar(select(func.count()).select_from(found.subquery())) or 0


def message_by_id(message_id: UUID) -> OutboxMessage | None:
    """One message of the current workspace."""
    here = OutboxMessage.workspace_id == required_workspace()
    return session.scalar(select(OutboxMessage).where(here, OutboxMessage.id == message_id))


def messages(status: str | None = None) -> Select[OutboxMessage]:
    """Messages newest first: all that the role may see, the workspace's for the app, everybody's for staff."""
    query = select(OutboxMessage).order_by(OutboxMessage.id.desc())
    return query if status is None else query.where(OutboxMessage.status == status)


def counts_by_status() -> dict[str, int]:
    counted = session.execute(select(OutboxMessage.status, func.count()).group_by(OutboxMessage.status)).all()
    return dict.fromkeys(STATUSES, 0) | dict(counted)
