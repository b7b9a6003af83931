"""Everything that the home page counts, in one question of six rows side by side."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Subquery, func, select, true
from sqlalchemy.orm import InstrumentedAttribute

from app.accounts.models import SecondFactor
from app.core.clock import now
from app.core.db import session
from app.core.tables import OutboxMessage
from app.workspaces.models import ApiKey, App, Membership, TeamInvite
from app.workspaces.queries.keys import is_live
from app.workspaces.queries.team import is_open

KEYS_SOON = timedelta(days=14)
INVITES_SOON = timedelta(days=2)


def figures(workspace_id: UUID, account_id: UUID) -> Row[*tuple[Any, ...]]:
    """What there is in the workspace, and how much of it wants a look."""
    first, *others = (
        _apps(workspace_id),
        _keys(workspace_id),
        _team(workspace_id, account_id),
        _invites(workspace_id),
        _letters(workspace_id),
    )
    rows: Any = first
    for other in others:
        rows = rows.join(other, true())
    return session.execute(select(first, *others).select_from(rows)).one()


def _some(which: ColumnElement[bool], label: str, example: InstrumentedAttribute[str]) -> list[ColumnElement[Any]]:
    """How many there are of a sort, and one of them by name."""
    count = func.count().filter(which).label(label)
    return [count, func.min(example).filter(which).label(f"{label}_one")]


def _apps(workspace_id: UUID) -> Subquery:
    return (
        select(
            func.count().label("apps"),
            *_some(App.status == "pending_review", "apps_in_review", App.name),
            *_some(App.status == "suspended", "apps_suspended", App.name),
        )
        .where(App.workspace_id == workspace_id)
        .subquery()
    )


def _keys(workspace_id: UUID) -> Subquery:
    ends_soon = is_live() & (ApiKey.expires_at < now() + KEYS_SOON)
    return (
        select(
            func.count().filter(is_live()).label("live_keys"),
            func.count().filter(is_live(), ApiKey.kind == "secret").label("live_secret_keys"),
            func.max(ApiKey.last_used_at).filter(ApiKey.kind == "secret").label("last_call_at"),
            *_some(ends_soon & ApiKey.replaced_by.is_(None), "keys_expiring", ApiKey.name),
            *_some(ends_soon & ApiKey.replaced_by.is_not(None), "keys_overlapping", ApiKey.name),
            func.min(ApiKey.expires_at).filter(ends_soon).label("next_key_ends_at"),
        )
        .where(ApiKey.workspace_id == workspace_id)
        .subquery()
    )


def _team(workspace_id: UUID, account_id: UUID) -> Subquery:
    protected = select(SecondFactor.account_id).where(SecondFactor.confirmed_at.is_not(None))
    is_bare = (Membership.role == "owner") & Membership.account_id.not_in(protected)
    return (
        select(
            func.count().label("members"),
            func.count().filter(is_bare).label("owners_bare"),
            func.count().filter(is_bare, Membership.account_id == account_id).label("is_bare_owner"),
        )
        .where(Membership.workspace_id == workspace_id)
        .subquery()
    )


def _invites(workspace_id: UUID) -> Subquery:
    ends_soon = (TeamInvite.expires_at > now()) & (TeamInvite.expires_at < now() + INVITES_SOON)
    return (
        select(
            func.count().label("invites"),
            *_some(ends_soon, "invites_expiring", TeamInvite.email),
            *_some(TeamInvite.expires_at <= now(), "invites_expired", TeamInvite.email),
        )
        .where(TeamInvite.workspace_id == workspace_id, is_open())
        .subquery()
    )


def _letters(workspace_id: UUID) -> Subquery:
    return (
        select(func.count().label("letters_failed"))
        .where(OutboxMessage.workspace_id == workspace_id, OutboxMessage.status == "failed")
        .subquery()
    )
