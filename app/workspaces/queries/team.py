"""Who belongs to a workspace, and who is invited."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import aliased

from app.accounts.models import Account, AccountSession
from app.core.clock import now
from app.core.crypto import digest
from app.core.db import session
from app.workspaces.models import ROLES, Membership, TeamInvite, Workspace
from app.workspaces.roles import reaches


def team_list(workspace_id: UUID, search: str = "", role: str | None = None) -> Select[Membership, Account, datetime]:
    """The team, each with account and when it was last seen; narrowed to a role, or to part of a name or address."""
    query = (
        select(Membership, Account, _last_seen())
        .join(Account, Account.id == Membership.account_id)
        .where(Membership.workspace_id == workspace_id)
    )
    if role:
        query = query.where(Membership.role == role)
    if search:
        query = query.where(
            Account.name.icontains(search, autoescape=True) | Account.email.icontains(search, autoescape=True)
        )
    return query


def sorts_of_team() -> dict[str, ColumnElement[Any]]:
    """What the team can be sorted by; roles in their order, owners first."""
    return {
        "name": func.lower(Account.name),
        "role": func.array_position(list(ROLES), Membership.role),
        "since": Membership.created_at.expression,
        "seen": _last_seen(),
    }


def _last_seen() -> ColumnElement[datetime]:
    return (
        select(func.max(AccountSession.last_seen_at))
        .where(AccountSession.account_id == Account.id)
        .correlate(Account)
        .scalar_subquery()
    )


def member_by_id(workspace_id: UUID, membership_id: UUID) -> Row[Membership, Account] | None:
    return session.execute(
        select(Membership, Account)
        .join(Account, Account.id == Membership.account_id)
        .where(Membership.workspace_id == workspace_id, Membership.id == membership_id)
    ).one_or_none()


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


def memberships_with_company(account_id: UUID) -> Sequence[Row[Workspace, Membership, int, int]]:
    """An account's living workspaces, each with how many others, and how many other owners, it has."""
    other = aliased(Membership)
    others = select(func.count()).where(other.workspace_id == Workspace.id, other.account_id != account_id)
    return session.execute(
        select(
            Workspace,
            Membership,
            others.correlate(Workspace).scalar_subquery(),
            others.where(other.role == "owner").correlate(Workspace).scalar_subquery(),
        )
        .join(Membership, Membership.workspace_id == Workspace.id)
        .where(Membership.account_id == account_id, Workspace.deleted_at.is_(None))
        .order_by(Workspace.name, Workspace.id)
    ).all()


def names_of_team(workspace_id: UUID) -> Sequence[Row[UUID, str]]:
    """Accounts of the team and what they are called."""
    return session.execute(
        select(Account.id, Account.name)
        .join(Membership, Membership.account_id == Account.id)
        .where(Membership.workspace_id == workspace_id)
        .order_by(Account.name)
    ).all()


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
    return _invite(TeamInvite.token_hash == digest(token), lock)


def invite_by_id(invite_id: UUID, *, lock: bool = False) -> TeamInvite | None:
    """The open invitation of this id, into a workspace that still lives."""
    return _invite(TeamInvite.id == invite_id, lock)


def _invite(which: ColumnElement[bool], lock: bool) -> TeamInvite | None:
    query = (
        select(TeamInvite)
        .join(Workspace, Workspace.id == TeamInvite.workspace_id)
        .where(which, is_open(), Workspace.deleted_at.is_(None))
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
