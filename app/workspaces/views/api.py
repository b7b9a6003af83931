"""/v1: who a key is, and apps."""

from uuid import UUID

from app.core.api import Api
from app.core.errors import Denied, Missing
from app.core.listing import Cursor, Listing, listed
from app.core.refusals import Refusal
from app.workspaces import schemas
from app.workspaces.key_access import key, this_caller
from app.workspaces.models import App
from app.workspaces.operations.apps import register_app
from app.workspaces.platforms import BY_LABEL
from app.workspaces.queries.apps import app_by_id, apps

api = Api("workspaces_api", __name__, title="Apps and keys")


@api.on("GET", "/me")
@key()
def me() -> schemas.Me:
    """Who is calling.

    The key, the app it speaks for, and the workspace: a good first call. Any secret key may make it.
    """
    return schemas.Me.of(this_caller())


@api.on("GET", "/apps")
@key("read")
def list_apps(query: Cursor) -> Listing[schemas.App]:
    """List apps.

    The apps of the workspace, newest first. A key of one app sees that app alone.
    """
    bound_to = this_caller().bound_to
    visible = apps().where(App.id == bound_to) if bound_to else apps()
    return listed(visible, App.id, query, schemas.App.of)


@api.on(
    "POST",
    "/apps",
    status=201,
    refusals=(
        Refusal(403, "workspace_key_needed", "The key belongs to one app."),
        Refusal(409, "identifier_taken", "Another app of the workspace has this identifier on this platform."),
        Refusal(422, "identifier_not_valid", "The platform names its apps in another way."),
        Refusal(422, "domain_not_valid", "The domain is none."),
        Refusal(422, "name_length", "Nothing is left of the name without control characters and blanks."),
    ),
)
@key("manage")
def create_app(body: schemas.NewApp) -> schemas.App:
    """Register an app.

    It is active at once, or `pending_review` where this installation looks at new apps first.
    Only a key of the whole workspace may do this.
    """
    if this_caller().bound_to:
        raise Denied("workspace_key_needed", "This key belongs to one app. Registering another needs a workspace key.")
    app = register_app(
        name=body.name,
        platform=BY_LABEL[body.platform].value,
        identifier=body.identifier,
        domain=body.domain,
        is_test=body.is_test,
    )
    return schemas.App.of(app)


@api.on("GET", "/apps/<uuid:app_id>")
@key("read")
def show_app(app_id: UUID) -> schemas.App:
    """Read an app.

    One app of the workspace. A key of one app sees that app alone.
    """
    if this_caller().bound_to not in {None, app_id}:
        raise Missing
    return schemas.App.of(app_by_id(app_id))
