"""How an account stands in a workspace: by membership, or by a staff visit."""

from uuid import UUID

from sqlalchemy import Uuid, and_, bindparam, select
from sqlalchemy.orm import load_only

from app.core.clock import now
from app.core.db import session
from app.workspaces.models import Membership, StaffVisit, Workspace


def workspace_and_membership(slug: str, account_id: UUID) -> tuple[Workspace, Membership | None] | None:
    """The living workspace at this address, and what the account is in it."""
    found = session.execute(_STANDING, {"slug": slug, "account": account_id}).one_or_none()
    return (found[0], found[1]) if found else None


# Put together once, and of no more columns than pages show: every page of a workspace asks it.
_STANDING = (
    select(Workspace, Membership)
    .outerjoin(
        Membership,
        and_(Membership.workspace_id == Workspace.id, Membership.account_id == bindparam("account", type_=Uuid())),
    )
    .where(Workspace.slug == bindparam("slug"), Workspace.deleted_at.is_(None))
    .options(
        load_only(Workspace.slug, Workspace.name, Workspace.status, Workspace.timezone), load_only(Membership.role)
    )
)


def open_visit(account_id: UUID, workspace_id: UUID) -> StaffVisit | None:
    return session.scalar(
        select(StaffVisit).where(
            StaffVisit.account_id == account_id,
            StaffVisit.workspace_id == workspace_id,
            StaffVisit.ended_at.is_(None),
            StaffVisit.expires_at > now(),
        )
    )
