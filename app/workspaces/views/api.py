"""/v1: who a key is, and apps."""

from datetime import UTC

from app.core.api import Api
from app.core.listing import Cursor, Listing, listed
from app.core.refusals import Refusal
from app.workspaces import schemas
from app.workspaces.key_access import key, this_caller
from app.workspaces.models import App
from app.workspaces.operations.apps import register_app
from app.workspaces.platforms import PLATFORMS, platform_named
from app.workspaces.queries.apps import app_by_id, apps
from app.workspaces.queries.callers import Caller

api = Api("workspaces_api", __name__, title="Apps and keys")


@api.on("GET", "/me")
@key()
def me() -> schemas.Me:
    """Who is calling.

    The key, the app it speaks for, and the workspace: a good first call. Any secret key may make it.
    """
    caller = this_caller()
    return schemas.Me(key=_key(caller), app=_app(caller), workspace=_workspace(caller))


@api.on("GET", "/apps")
@key("read")
def list_apps(query: Cursor) -> Listing[schemas.App]:
    """List apps.

    The apps of the workspace, newest first.
    """
    return listed(apps(), App.id, query, schemas.App.of)


@api.on(
    "POST",
    "/apps",
    status=201,
    refusals=(
        Refusal(409, "identifier_taken", "Another app of the workspace has this identifier on this platform."),
        Refusal(422, "identifier_not_valid", "The identifier has not the form that the platform uses."),
        Refusal(422, "domain_not_valid", "The website is not a domain."),
        Refusal(422, "name_length", "Nothing is left of the name without control characters and blanks."),
    ),
)
@key("manage")
def create_app(body: schemas.NewApp) -> schemas.App:
    """Register an app.

    It is active at once, or `pending_review` where this installation looks at new apps first.
    """
    app = register_app(
        name=body.name,
        platform=platform_named(body.platform).value,
        identifier=body.identifier,
        domain=body.domain,
        is_test=body.is_test,
    )
    return schemas.App.of(app)


@api.on("GET", "/apps/<uuid:app_id>")
@key("read")
def show_app(app_id: schemas.AppId) -> schemas.App:
    """Read an app.

    One app of the workspace, by its id.
    """
    return schemas.App.of(app_by_id(app_id))


def _key(caller: Caller) -> schemas.KeyOfCaller:
    return schemas.KeyOfCaller(
        id=caller.key_id,
        name=caller.key_name,
        prefix=caller.prefix,
        scopes=caller.scopes,
        created_at=caller.made_at.astimezone(UTC),
        expires_at=caller.expires_at.astimezone(UTC) if caller.expires_at else None,
    )


def _app(caller: Caller) -> schemas.AppOfCaller | None:
    if caller.app_id is None:
        return None
    return schemas.AppOfCaller(
        id=caller.app_id,
        name=caller.app_name or "",
        platform=PLATFORMS[caller.app_platform or ""].label,
        status=caller.app_status,  # type: ignore[arg-type]
        is_test=bool(caller.app_is_test),
    )


def _workspace(caller: Caller) -> schemas.WorkspaceOfCaller:
    return schemas.WorkspaceOfCaller(id=caller.workspace_id, slug=caller.workspace_slug, name=caller.workspace_name)
