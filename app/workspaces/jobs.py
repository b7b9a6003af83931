"""What becomes due in workspaces by itself."""

from datetime import timedelta

from sqlalchemy import delete

from app.core.clock import now
from app.core.db import session
from app.core.tenancy import unit_of_work
from app.workspaces.models import TeamInvite
from app.workspaces.operations.visits import end_overdue_visits as end_overdue
from app.workspaces.operations.workspaces import erase_workspace
from app.workspaces.queries.workspaces import due_for_erasure

INVITES_KEPT = timedelta(days=90)


def erase_due_workspaces() -> None:
    """Erase what was deleted 30 days ago, each workspace in a transaction of its own."""
    with unit_of_work(role="staff"):
        due = due_for_erasure()
    for workspace_id in due:
        with unit_of_work(role="staff"):
            erase_workspace(workspace_id)


def end_overdue_visits() -> None:
    """Write the end of staff visits whose hour is over into the logs."""
    with unit_of_work(role="staff"):
        end_overdue()


def forget_old_invites() -> None:
    """Forget invitations, which hold strangers' addresses, 90 days after they could last be accepted."""
    with unit_of_work():
        session.execute(delete(TeamInvite).where(TeamInvite.expires_at < now() - INVITES_KEPT))
