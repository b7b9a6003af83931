"""What the bell knows of one account in the current workspace."""

from uuid import UUID

from sqlalchemy import Select, Uuid, bindparam, func, select

from app.core.db import session
from app.core.tenancy import required_workspace
from app.notifications.models import Notification


def notifications_of(account_id: UUID) -> Select[Notification]:
    return select(Notification).where(
        Notification.workspace_id == required_workspace(), Notification.account_id == account_id
    )


def notification_by_id(account_id: UUID, notification_id: UUID) -> Notification | None:
    return session.scalar(notifications_of(account_id).where(Notification.id == notification_id))


# How much an account has not read in a workspace, as part of a larger question.
UNREAD = (
    select(func.count())
    .select_from(Notification)
    .where(
        Notification.workspace_id == bindparam("here", type_=Uuid()),
        Notification.account_id == bindparam("me", type_=Uuid()),
        Notification.read_at.is_(None),
    )
)
