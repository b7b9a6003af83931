"""Tell members of a team what they should know, and remember what they have read."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import delete, exists, func, select, update

from app.accounts.models import Account
from app.core.actor import current_actor
from app.core.clock import now
from app.core.db import session
from app.core.errors import Missing
from app.core.ids import first_id_at
from app.core.outbox import send_mail
from app.core.settings import current_settings
from app.core.tenancy import required_workspace, scope
from app.core.text import one_line
from app.notifications.models import Notification
from app.notifications.queries import notification_by_id

Priority = Literal["normal", "high", "urgent"]

# What goes on being so is told again on another day.
TOLD_AGAIN_AFTER = timedelta(days=1)


def notify(
    workspace_id: UUID,
    accounts: Iterable[UUID],
    title: str,
    message: str,
    *,
    priority: Priority = "normal",
    action_url: str | None = None,
) -> None:
    """Put a notice under the bell of these members, but not of whoever caused it; what is urgent is mailed too."""
    told = set(accounts) - {current_actor().id}
    notice = {
        "title": title,
        "message": message,
        "priority": priority,
        "status": "sent" if priority == "urgent" else "pending",
        "action_url": action_url,
    }
    with scope(workspace_id):
        session.add_all(Notification(account_id=account_id, **notice) for account_id in sorted(told))
        if priority == "urgent" and told:
            _mail(told, one_line(title), message, action_url)


def is_first_to_tell(title: str) -> bool:
    """Whether nobody in the current workspace was told this within a day; whoever asks first may tell it."""
    # Workers that come to the same news at once: the second leaves the telling to the first.
    key = f"tell:{required_workspace()}:{title}"
    if not session.scalar(select(func.pg_try_advisory_xact_lock(func.hashtextextended(key, 0)))):
        return False
    lately = (
        Notification.workspace_id == required_workspace(),
        Notification.id >= first_id_at(now() - TOLD_AGAIN_AFTER),
    )
    return not session.scalar(select(exists().where(*lately, Notification.title == title)))


def mark_read(account_id: UUID, notification_id: UUID) -> Notification:
    found = notification_by_id(account_id, notification_id)
    if found is None:
        raise Missing
    if found.read_at is None:
        found.status, found.read_at = "read", now()
        session.flush()
    return found


def mark_all_read(account_id: UUID) -> None:
    session.execute(
        update(Notification)
        .where(
            Notification.workspace_id == required_workspace(),
            Notification.account_id == account_id,
            Notification.read_at.is_(None),
        )
        .values(status="read", read_at=now())
    )


def forget_notifications_of(account_id: UUID, workspace_id: UUID) -> None:
    """Take away what somebody who left the team can no longer see."""
    with scope(workspace_id):
        session.execute(
            delete(Notification).where(Notification.workspace_id == workspace_id, Notification.account_id == account_id)
        )


def forget_read_before(moment: datetime) -> None:
    """Take away what was read that long ago, in the current workspace."""
    session.execute(
        delete(Notification).where(Notification.workspace_id == required_workspace(), Notification.read_at < moment)
    )


def _mail(told: set[UUID], title: str, message: str, action_url: str | None) -> None:
    for account in session.scalars(select(Account).where(Account.id.in_(told), Account.deleted_at.is_(None))).all():
        url = f"{current_settings().base_url}{action_url or '/workspaces'}"
        send_mail(account.email, "notifications/notice", name=account.name, title=title, message=message, url=url)
