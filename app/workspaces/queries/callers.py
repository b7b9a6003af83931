"""The one read that lets a key in: key, workspace and app in a single statement."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid, and_, bindparam, func, select

from app.core.db import session
from app.workspaces.credentials import Credential
from app.workspaces.models import ApiKey, App, Workspace


@dataclass(frozen=True)
class Caller:
    """Who calls the API: a key, its workspace, and the app it speaks for."""

    key_id: UUID
    key_name: str
    kind: str
    prefix: str
    secret_hash: bytes
    scopes: list[str]
    made_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None
    bound_to: UUID | None
    workspace_id: UUID
    workspace_slug: str
    workspace_name: str
    workspace_status: str
    workspace_deleted_at: datetime | None
    app_id: UUID | None
    app_name: str | None
    app_platform: str | None
    app_status: str | None
    app_is_test: bool | None


_app_spoken_for = func.coalesce(ApiKey.app_id, bindparam("named_app", type_=Uuid()))

# Columns instead of objects: this runs before everything that /v1 does.
_QUERY = (
    select(
        ApiKey.id.label("key_id"),
        ApiKey.name.label("key_name"),
        ApiKey.kind,
        ApiKey.prefix,
        ApiKey.secret_hash,
        ApiKey.scopes,
        ApiKey.created_at.label("made_at"),
        ApiKey.last_used_at,
        ApiKey.expires_at,
        ApiKey.revoked_at,
        ApiKey.app_id.label("bound_to"),
        Workspace.id.label("workspace_id"),
        Workspace.slug.label("workspace_slug"),
        Workspace.name.label("workspace_name"),
        Workspace.status.label("workspace_status"),
        Workspace.deleted_at.label("workspace_deleted_at"),
        App.id.label("app_id"),
        App.name.label("app_name"),
        App.platform.label("app_platform"),
        App.status.label("app_status"),
        App.is_test.label("app_is_test"),
    )
    .join(Workspace, Workspace.id == ApiKey.workspace_id)
    .outerjoin(App, and_(App.workspace_id == ApiKey.workspace_id, App.id == _app_spoken_for))
    .where(ApiKey.workspace_id == bindparam("workspace_id"), ApiKey.prefix == bindparam("prefix"))
)


def caller(credential: Credential, named_app: UUID | None) -> Caller | None:
    """Whoever a credential claims to be; its digest is still to be compared."""
    parameters = {
        "workspace_id": credential.workspace_id,
        "prefix": credential.prefix,
        "named_app": named_app,
    }
    found = session.execute(_QUERY, parameters).one_or_none()
    return Caller(**found._mapping) if found else None
