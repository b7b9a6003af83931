"""Reads about apps: always inside the scope of their workspace."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, Text, and_, cast, exists, or_, select

from app.core.db import session
from app.core.errors import Missing
from app.core.tables import AuditEntry
from app.workspaces.models import ApiKey, App


def apps(search: str = "", status: str | None = None, platform: str | None = None) -> Select[App]:
    """The workspace's apps, narrowed to what is sought."""
    query = select(App)
    if search:
        query = query.where(
            or_(App.name.icontains(search, autoescape=True), App.identifier.icontains(search, autoescape=True))
        )
    if status:
        query = query.where(App.status == status)
    if platform:
        query = query.where(App.platform == platform)
    return query


def all_apps() -> Sequence[App]:
    """Every app of the workspace by name, for choices."""
    return session.scalars(select(App).order_by(App.name, App.id)).all()


def app_by_id(app_id: UUID, *, lock: bool = False) -> App:
    """One app of the workspace; what is another's does not exist."""
    query = select(App).where(App.id == app_id)
    found = session.scalar(query.with_for_update().execution_options(populate_existing=True) if lock else query)
    if found is None:
        raise Missing
    return found


def app_named(name: str, platform: str) -> App | None:
    return session.scalar(select(App).where(App.name == name, App.platform == platform).order_by(App.id).limit(1))


def is_identifier_taken(platform: str, identifier: str) -> bool:
    return bool(session.scalar(select(exists().where(App.platform == platform, App.identifier == identifier))))


def history_of_app(app_id: UUID, most: int = 8) -> Sequence[AuditEntry]:
    """What was done lately to an app and its keys."""
    keys = select(cast(ApiKey.id, Text)).where(ApiKey.app_id == app_id)
    return session.scalars(
        select(AuditEntry)
        .where(
            or_(
                and_(AuditEntry.subject_kind == "app", AuditEntry.subject_id == str(app_id)),
                and_(AuditEntry.subject_kind == "key", AuditEntry.subject_id.in_(keys)),
            )
        )
        .order_by(AuditEntry.id.desc())
        .limit(most)
    ).all()


def suspension_of(app_id: UUID) -> AuditEntry | None:
    """The entry that says since when, and why, an app is suspended."""
    return session.scalar(
        select(AuditEntry)
        .where(
            AuditEntry.subject_kind == "app",
            AuditEntry.subject_id == str(app_id),
            AuditEntry.action == "app.suspended",
        )
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
