"""What is done by the clock about webhooks."""

from datetime import timedelta

from sqlalchemy import delete, select, update

from app.core.clock import now
from app.core.db import session
from app.core.ids import first_id_at
from app.core.tenancy import unit_of_work
from app.webhooks.models import WebhookAttempt, WebhookEndpoint

ATTEMPTS_KEPT = timedelta(days=30)


def forget_old_attempts() -> None:
    """Forget attempts after a month, and secrets whose overlap is over."""
    with unit_of_work(role="staff"):
        workspaces = list(session.scalars(select(WebhookEndpoint.workspace_id).distinct()))
    for workspace_id in workspaces:
        with unit_of_work(workspace_id):
            session.execute(delete(WebhookAttempt).where(WebhookAttempt.id < first_id_at(now() - ATTEMPTS_KEPT)))
            session.execute(
                update(WebhookEndpoint)
                .where(WebhookEndpoint.old_secret_until < now())
                .values(old_secret=None, old_secret_until=None)
            )
