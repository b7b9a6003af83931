"""Reads about keys, and the one read that lets a key in."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, not_, or_, select

from app.core.clock import now
from app.core.db import session
from app.core.errors import Missing
from app.core.tables import AuditEntry
from app.workspaces.models import ApiKey, App

STATES = {"active": "Active", "expired": "Expired", "revoked": "Revoked"}
LATELY = timedelta(days=7)


def is_live() -> ColumnElement[bool]:
    """Neither revoked nor expired."""
    return and_(ApiKey.revoked_at.is_(None), or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > now()))


def in_state(state: str) -> ColumnElement[bool]:
    """One of STATES; a key that was revoked and would be expired by now is revoked."""
    if state == "revoked":
        return ApiKey.revoked_at.is_not(None)
    return is_live() if state == "active" else and_(ApiKey.revoked_at.is_(None), not_(is_live()))


def keys(search: str = "", state: str | None = None, kind: str | None = None) -> Select[ApiKey, App | None]:
    """The workspace's keys, each with its app where it belongs to one."""
    query = select(ApiKey, App).outerjoin(App, _belongs_to_app())
    if search:
        query = query.where(
            or_(
                ApiKey.name.icontains(search, autoescape=True),
                ApiKey.prefix == search,
                App.name.icontains(search, autoescape=True),
            )
        )
    if state:
        query = query.where(in_state(state))
    if kind:
        query = query.where(ApiKey.kind == kind)
    return query


def keys_of_app(app_id: UUID) -> Sequence[ApiKey]:
    """The keys of one app, living ones first, then newest first."""
    return session.scalars(
        select(ApiKey).where(ApiKey.app_id == app_id).order_by(is_live().desc(), ApiKey.id.desc())
    ).all()


def key_by_id(key_id: UUID, *, lock: bool = False) -> ApiKey:
    """One key of the workspace; what is another's does not exist."""
    query = select(ApiKey).where(ApiKey.id == key_id)
    found = session.scalar(query.with_for_update().execution_options(populate_existing=True) if lock else query)
    if found is None:
        raise Missing
    return found


def find_key(key_id: UUID) -> ApiKey | None:
    return session.scalar(select(ApiKey).where(ApiKey.id == key_id))


def live_keys(key_ids: Sequence[UUID]) -> Sequence[ApiKey]:
    """Those of these keys that still work."""
    return session.scalars(select(ApiKey).where(ApiKey.id.in_(key_ids), is_live()).order_by(ApiKey.id)).all()


def keys_in_use(app_id: UUID) -> Sequence[ApiKey]:
    """Living keys of an app that somebody called with lately."""
    lately = ApiKey.last_used_at > now() - LATELY
    return session.scalars(
        select(ApiKey).where(ApiKey.app_id == app_id, is_live(), lately).order_by(ApiKey.last_used_at.desc())
    ).all()


def history_of_key(key_id: UUID, most: int = 8) -> Sequence[AuditEntry]:
    """What was done lately to a key."""
    return session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject_kind == "key", AuditEntry.subject_id == str(key_id))
        .order_by(AuditEntry.id.desc())
        .limit(most)
    ).all()


def publishable_key_of(app_id: UUID) -> ApiKey | None:
    """The newest publishable key of an app that still works."""
    return session.scalar(
        select(ApiKey)
        .where(ApiKey.app_id == app_id, ApiKey.kind == "publishable", is_live())
        .order_by(ApiKey.id.desc())
        .limit(1)
    )


def live_key_counts(app_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many keys of each app would still be let in."""
    counted = session.execute(
        select(ApiKey.app_id, func.count()).where(ApiKey.app_id.in_(app_ids), is_live()).group_by(ApiKey.app_id)
    )
    return {app_id: count for app_id, count in counted if app_id is not None}


def _belongs_to_app() -> ColumnElement[bool]:
    return and_(App.workspace_id == ApiKey.workspace_id, App.id == ApiKey.app_id)
