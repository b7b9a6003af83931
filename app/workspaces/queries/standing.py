"""How an account stands in a workspace: by membership, or by a staff visit."""

from uuid import UUID

from sqlalchemy import and_, select

from app.core.clock import now
from app.core.db import session
from app.workspaces.models import Membership, StaffVisit, Workspace


def workspace_and_membership(slug: str, account_id: UUID) -> tuple[Workspace, Membership | None] | None:
    """The living workspace at this address, and what the account is in it."""
    belongs = and_(Membership.workspace_id == Workspace.id, Membership.account_id == account_id)
    found = session.execute(
        select(Workspace, Membership)
        .outerjoin(Membership, belongs)
        .where(Workspace.slug == slug, Workspace.deleted_at.is_(None))
    ).one_or_none()
    return (found[0], found[1]) if found else None


def open_visit(account_id: UUID, workspace_id: UUID) -> StaffVisit | None:
    return session.scalar(
        select(StaffVisit).where(
            StaffVisit.account_id == account_id,
            StaffVisit.workspace_id == workspace_id,
            StaffVisit.ended_at.is_(None),
            StaffVisit.expires_at > now(),
        )
    )
