"""Workspaces by their address, and those of an account."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Row, Uuid, bindparam, select

from app.accounts.models import Account
from app.core.clock import now
from app.core.db import session
from app.workspaces.models import Membership, Workspace

GRACE = timedelta(days=30)
SLUG_LENGTH = 40


def workspaces_of(account_id: UUID) -> Sequence[Row[str, str, str]]:
    """Slug and name of an account's living workspaces, each with its role there."""
    return session.execute(OWN, {"me": account_id}).all()


# Put together once: every page with a frame asks it.
OWN = (
    select(Workspace.slug, Workspace.name, Membership.role)
    .join(Membership, Membership.workspace_id == Workspace.id)
    .where(Membership.account_id == bindparam("me", type_=Uuid()), Workspace.deleted_at.is_(None))
    .order_by(Workspace.name, Workspace.id)
)


def restorable_by(account_id: UUID) -> Sequence[Workspace]:
    """Deleted workspaces that this owner can still bring back."""
    return session.scalars(
        select(Workspace)
        .join(Membership, Membership.workspace_id == Workspace.id)
        .where(
            Membership.account_id == account_id,
            Membership.role == "owner",
            Workspace.deleted_at > now() - GRACE,
        )
        .order_by(Workspace.deleted_at)
    ).all()


def locked_workspace(workspace_id: UUID) -> Workspace | None:
    """The living workspace, held until the end of the transaction: changes to one team happen one after another."""
    return session.scalar(
        select(Workspace)
        .where(Workspace.id == workspace_id, Workspace.deleted_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def owners_of(workspace_id: UUID) -> Sequence[Account]:
    return session.scalars(
        select(Account)
        .join(Membership, Membership.account_id == Account.id)
        .where(Membership.workspace_id == workspace_id, Membership.role == "owner")
    ).all()


def erased_from(workspace: Workspace) -> datetime:
    """When a deleted workspace can no longer be brought back."""
    assert workspace.deleted_at is not None  # noqa: S101
    return workspace.deleted_at + GRACE


def due_for_erasure() -> Sequence[UUID]:
    """Workspaces whose grace period is over."""
    return session.scalars(select(Workspace.id).where(Workspace.deleted_at < now() - GRACE)).all()


def slug_of(name: str) -> str:
    """An address made of a name: what remains of it in plain letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:SLUG_LENGTH].rstrip("-")
    return slug if len(slug) > 1 else "workspace"


def free_slug(name: str, reserved: frozenset[str]) -> str:
    """An address for a name that nobody has."""
    wish = slug_of(name)[: SLUG_LENGTH - 4].rstrip("-")
    wishes = [wish, *(f"{wish}-{number}" for number in range(2, 100))]
    taken = set(session.scalars(select(Workspace.slug).where(Workspace.slug.in_(wishes)))) | reserved
    return next((candidate for candidate in wishes if candidate not in taken), wish)


def slug_is_taken(slug: str, *, but: UUID | None = None) -> bool:
    holder = session.scalar(select(Workspace.id).where(Workspace.slug == slug))
    return holder is not None and holder != but
