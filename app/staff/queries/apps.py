"""Apps of all workspaces."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Select, or_, select, tuple_

from app.core.db import session
from app.core.errors import Missing
from app.core.search import begins_with
from app.workspaces.models import App, Workspace

STATUSES = ("pending_review", "active", "suspended")
SORTS = {"name": App.name, "made": App.id}


def app_of(workspace_id: UUID, app_id: UUID) -> App:
    found = session.get(App, (workspace_id, app_id))
    if found is None:
        raise Missing
    return found


def apps(*, text: str = "", status: str | None = None, platform: str | None = None) -> Select[App, Workspace]:
    """Apps with their workspaces; searched by what the identifier or the workspace's address begins with."""
    query = select(App, Workspace).join(Workspace, Workspace.id == App.workspace_id)
    if text:
        query = query.where(or_(begins_with(App.identifier, text), begins_with(Workspace.slug, text.lower())))
    if status:
        query = query.where(App.status == status)
    return query.where(App.platform == platform) if platform else query


def apps_to_review() -> Select[App, Workspace]:
    """What waits for a decision, in workspaces that live."""
    return apps(status="pending_review").where(Workspace.deleted_at.is_(None))


def same_identifier(apps: Iterable[App]) -> dict[UUID, list[tuple[App, Workspace]]]:
    """For each of these apps, the apps of other workspaces that claim the same identifier."""
    asked = list(apps)
    if not asked:
        return {}
    rows = session.execute(
        select(App, Workspace)
        .join(Workspace, Workspace.id == App.workspace_id)
        .where(tuple_(App.platform, App.identifier).in_([(app.platform, app.identifier) for app in asked]))
        .order_by(App.id)
    ).all()
    return {
        app.id: [
            (other, workspace)
            for other, workspace in rows
            if (other.platform, other.identifier) == (app.platform, app.identifier)
            and other.workspace_id != app.workspace_id
        ]
        for app in asked
    }
