"""What the bell shows."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.models import Tenant, choice


class Notification(Tenant):
    """Something one member of the team should know: pending under the bell, sent when mailed as well, then read."""

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    title: Mapped[str]
    message: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column("metadata", default=dict)
    priority: Mapped[str] = choice("normal", "high", "urgent", default="normal")
    status: Mapped[str] = choice("pending", "sent", "read", default="pending")
    action_url: Mapped[str | None]
    read_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("(status = 'read') = (read_at IS NOT NULL)", name="notification_read_has_time"),
        CheckConstraint("action_url LIKE '/%'", name="notification_action_is_a_page_of_ours"),
        Index("ix_notification_unread", "workspace_id", "account_id", postgresql_where=text("read_at IS NULL")),
        Index("ix_notification_account", "workspace_id", "account_id", "id"),
    )
