"""Workspaces as staff see them, from outside."""

from uuid import UUID

from sqlalchemy import Select, case, func, or_, select

from app.accounts.models import Account
from app.core.clock import now
from app.core.db import session
from app.core.errors import Missing
from app.core.search import begins_with
from app.core.tables import OutboxMessage
from app.core.tenancy import SYSTEM_WORKSPACE
from app.workspaces.models import ApiKey, App, Membership, Workspace

STATES = ("active", "suspended", "deleted")
MANY = 100
SORTS = {"name": Workspace.name, "slug": Workspace.slug, "made": Workspace.id}


def workspace(workspace_id: UUID) -> Workspace:
    """A developer's workspace, also one that waits for its deletion; the platform's own is none."""
    found = session.get(Workspace, workspace_id)
    if found is None or found.id == SYSTEM_WORKSPACE:
        raise Missing
    return found


def workspaces(
    *, text: str = "", state: str | None = None, verified: bool | None = None
) -> Select[Workspace, int, int]:
    """Workspaces, each with the numbers of its members and apps."""
    members = select(func.count()).where(Membership.workspace_id == Workspace.id).correlate(Workspace)
    apps = select(func.count()).where(App.workspace_id == Workspace.id).correlate(Workspace)
    query = select(Workspace, members.scalar_subquery().label("members"), apps.scalar_subquery().label("apps")).where(
        Workspace.id != SYSTEM_WORKSPACE
    )
    if text:
        lowered = text.lower()
        query = query.where(or_(begins_with(Workspace.slug, lowered), begins_with(func.lower(Workspace.name), lowered)))
    if state == "deleted":
        query = query.where(Workspace.deleted_at.is_not(None))
    elif state:
        query = query.where(Workspace.status == state, Workspace.deleted_at.is_(None))
    return query if verified is None else query.where(Workspace.verified == verified)


def members(workspace_id: UUID) -> list[tuple[Account, str]]:
    """Who belongs to a workspace, owners first."""
    rank = func.array_position(["owner", "admin", "member", "viewer"], Membership.role)
    found = session.execute(
        select(Account, Membership.role)
        .join(Membership, Membership.account_id == Account.id)
        .where(Membership.workspace_id == workspace_id)
        .order_by(rank, Account.name, Account.id)
        .limit(MANY)
    )
    return [(account, role) for account, role in found]


def apps(workspace_id: UUID) -> list[App]:
    query = select(App).where(App.workspace_id == workspace_id).order_by(App.name, App.id).limit(MANY)
    return list(session.scalars(query))


def keys(workspace_id: UUID) -> list[tuple[ApiKey, str]]:
    """The newest keys of a workspace, those in force first, each with its state."""
    expired = ApiKey.expires_at <= now()
    state = case((ApiKey.revoked_at.is_not(None), "revoked"), (expired, "expired"), else_="active")
    found = session.execute(
        select(ApiKey, state).where(ApiKey.workspace_id == workspace_id).order_by(state, ApiKey.id.desc()).limit(MANY)
    )
    return [(key, state) for key, state in found]


def outbox_counts(workspace_id: UUID) -> dict[str, int]:
    counted = session.execute(
        select(OutboxMessage.status, func.count())
        .where(OutboxMessage.workspace_id == workspace_id)
        .group_by(OutboxMessage.status)
    )
    return {status: count for status, count in counted}  # noqa: C416 (a dict() of rows has no types)


def workspace_by_slug(slug: str) -> UUID | None:
    return session.scalar(select(Workspace.id).where(Workspace.slug == slug))
