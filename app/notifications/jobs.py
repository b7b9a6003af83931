"""Keeping the bell short."""

from datetime import timedelta

from sqlalchemy import select

from app.core.clock import now
from app.core.db import session
from app.core.tenancy import unit_of_work
from app.notifications.models import Notification
from app.notifications.operations import forget_read_before

READ_KEPT = timedelta(days=180)


def forget_old_notifications() -> None:
    """Forget what was read half a year ago."""
    before = now() - READ_KEPT
    with unit_of_work(role="staff"):
        due = session.scalars(select(Notification.workspace_id).where(Notification.read_at < before).distinct()).all()
    for workspace_id in due:
        with unit_of_work(workspace_id):
            forget_read_before(before)
