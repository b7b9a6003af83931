"""Who belongs to a workspace, and who is invited."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, func, select

from app.accounts.models import Account, SecondFactor
from app.core.clock import now
from app.core.crypto import digest
from app.core.db import session
from app.workspaces.models import ROLES, Membership, TeamInvite, Workspace
from app.workspaces.roles import reaches


def members(workspace_id: UUID, search: str = "") -> Select[Membership, Account]:
    """The team, each with its account; narrowed to names and addresses that contain what is sought."""
    query = (
        select(Membership, Account)
        .join(Account, Account.id == Membership.account_id)
        .where(Membership.workspace_id == workspace_id)
    )
    if search:
        query = query.where(
            Account.name.icontains(search, autoescape=True) | Account.email.icontains(search, autoescape=True)
        )
    return query


def rank(role: ColumnElement[str]) -> ColumnElement[int]:
    """Roles in their order, owners first."""
    return func.array_position(list(ROLES), role)


def member_by_id(workspace_id: UUID, membership_id: UUID) -> Row[Membership, Account] | None:
    return session.execute(members(workspace_id).where(Membership.id == membership_id)).one_or_none()


def membership_of(workspace_id: UUID, account_id: UUID) -> Membership | None:
    """What an account is in a workspace, as it stands now."""
    return session.scalar(
        select(Membership)
        .where(Membership.workspace_id == workspace_id, Membership.account_id == account_id)
        .execution_options(populate_existing=True)
    )


def team_of(workspace_id: UUID, lowest: str = "viewer") -> list[UUID]:
    """The accounts whose role in the workspace is at least this one."""
    roles = [role for role in ROLES if reaches(role, lowest)]
    return list(
        session.scalars(
            select(Membership.account_id).where(Membership.workspace_id == workspace_id, Membership.role.in_(roles))
        )
    )


def is_open() -> ColumnElement[bool]:
    """Neither accepted nor withdrawn; it may have expired."""
    return TeamInvite.accepted_at.is_(None) & TeamInvite.withdrawn_at.is_(None)


def open_invites(workspace_id: UUID) -> Sequence[TeamInvite]:
    """Invitations that wait for an answer, expired ones among them."""
    return session.scalars(
        select(TeamInvite).where(TeamInvite.workspace_id == workspace_id, is_open()).order_by(TeamInvite.id.desc())
    ).all()


def open_invite(workspace_id: UUID, invite_id: UUID) -> TeamInvite | None:
    """One of them, held until the end of the transaction."""
    return session.scalar(
        select(TeamInvite)
        .where(TeamInvite.workspace_id == workspace_id, TeamInvite.id == invite_id, is_open())
        .with_for_update()
    )


def invite_by_token(token: str, *, lock: bool = False) -> TeamInvite | None:
    """The open invitation behind a link, into a workspace that still lives."""
    query = (
        select(TeamInvite)
        .join(Workspace, Workspace.id == TeamInvite.workspace_id)
        .where(TeamInvite.token_hash == digest(token), is_open(), Workspace.deleted_at.is_(None))
    )
    return session.scalar(query.with_for_update(of=TeamInvite) if lock else query)


def invites_for(email_key: str) -> Sequence[Row[TeamInvite, Workspace]]:
    """What an address is invited to."""
    return session.execute(
        select(TeamInvite, Workspace)
        .join(Workspace, Workspace.id == TeamInvite.workspace_id)
        .where(
            TeamInvite.email_key == email_key,
            is_open(),
            TeamInvite.expires_at > now(),
            Workspace.deleted_at.is_(None),
        )
        .order_by(TeamInvite.id)
    ).all()


def owners_without_second_factor(workspace_id: UUID) -> ColumnElement[int]:
    """How many owners sign in by password alone, as part of a larger question."""
    protected = select(SecondFactor.account_id).where(SecondFactor.confirmed_at.is_not(None))
    return (
        select(func.count())
        .select_from(Membership)
        .where(
            Membership.workspace_id == workspace_id,
            Membership.role == "owner",
            Membership.account_id.not_in(protected),
        )
        .scalar_subquery()
    )
