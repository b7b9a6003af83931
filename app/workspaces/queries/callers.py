"""The one read that lets a key in: key, workspace and app in a single statement."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid, and_, bindparam, func, select
from sqlalchemy.dialects.postgresql import psycopg

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
    origins: list[str]
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


_key, _workspace, _app = ApiKey.__table__, Workspace.__table__, App.__table__
_spoken_for = func.coalesce(_key.c.app_id, bindparam("named_app", type_=Uuid()))

# Tables instead of models, which cost as much again as the database does: this runs before everything in /v1.
_QUERY = (
    select(
        _key.c.id.label("key_id"),
        _key.c.name.label("key_name"),
        _key.c.kind,
        _key.c.prefix,
        _key.c.secret_hash,
        _key.c.scopes,
        _key.c.origins,
        _key.c.created_at.label("made_at"),
        _key.c.last_used_at,
        _key.c.expires_at,
        _key.c.revoked_at,
        _key.c.app_id.label("bound_to"),
        _workspace.c.id.label("workspace_id"),
        _workspace.c.slug.label("workspace_slug"),
        _workspace.c.name.label("workspace_name"),
        _workspace.c.status.label("workspace_status"),
        _workspace.c.deleted_at.label("workspace_deleted_at"),
        _app.c.id.label("app_id"),
        _app.c.name.label("app_name"),
        _app.c.platform.label("app_platform"),
        _app.c.status.label("app_status"),
        _app.c.is_test.label("app_is_test"),
    )
    .join_from(_key, _workspace, _workspace.c.id == _key.c.workspace_id)
    .outerjoin(_app, and_(_app.c.workspace_id == _key.c.workspace_id, _app.c.id == _spoken_for))
    .where(_key.c.workspace_id == bindparam("workspace_id"), _key.c.prefix == bindparam("prefix"))
)
# Written down once, since that costs as much as to ask. Its columns come in the order of the fields above.
_STATEMENT = str(_QUERY.compile(dialect=psycopg.dialect()))  # type: ignore[no-untyped-call]


def caller(credential: Credential, named_app: UUID | None) -> Caller | None:
    """Whoever a credential claims to be; its digest is still to be compared."""
    parameters = {
        "workspace_id": credential.workspace_id,
        "prefix": credential.prefix,
        "named_app": named_app,
    }
    found = session.connection().exec_driver_sql(_STATEMENT, parameters).one_or_none()
    return Caller(*found) if found else None
