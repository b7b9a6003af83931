"""What waits to be told to the outside, what was told, and what could not be."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from app.core.db import session
from app.core.tables import OutboxMessage

STATUSES = ("waiting", "sent", "failed")


def due(at: datetime) -> ColumnElement[bool]:
    """Messages whose time has come and that no living worker holds."""
    return and_(
        OutboxMessage.status == "waiting",
        OutboxMessage.next_attempt_at <= at,
        or_(OutboxMessage.claimed_until.is_(None), OutboxMessage.claimed_until <= at),
    )


def workspaces_with_due(at: datetime) -> list[UUID]:
    """Which workspaces have something to deliver; asked as staff."""
    return list(session.scalars(select(OutboxMessage.workspace_id).where(due(at)).distinct()))


def messages(status: str | None = None) -> Select[OutboxMessage]:
    """Messages newest first: all that the role may see, the workspace's for the app, everybody's for staff."""
    query = select(OutboxMessage).order_by(OutboxMessage.id.desc())
    return query if status is None else query.where(OutboxMessage.status == status)


def counts_by_status() -> dict[str, int]:
    counted = session.execute(select(OutboxMessage.status, func.count()).group_by(OutboxMessage.status)).all()
    return dict.fromkeys(STATUSES, 0) | dict(counted)
