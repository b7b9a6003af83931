"""Apps of all workspaces: those that wait for a decision, and what was decided about the others."""

from collections.abc import Iterator
from uuid import UUID

from flask import flash, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Select

from app.accounts.access import staff_only
from app.core import panels
from app.core.db import session
from app.core.forms import attempt
from app.core.htmx import redirect_to, render
from app.core.pages import as_csv, chosen, numbered, sought
from app.core.platform_settings import platform_settings
from app.core.tenancy import scope
from app.staff.forms.reasons import ReasonForm, dialogs
from app.staff.queries import apps as queries
from app.staff.queries.audit import latest_about
from app.staff.queries.workspaces import workspace as workspace_of
from app.staff.views.blueprint import blueprint
from app.workspaces.models import App, Workspace
from app.workspaces.operations import apps as operations
from app.workspaces.platforms import PLATFORMS

panels.add_to(panels.staff_rail, panels.RailItem("Apps", "app-window", "staff.review_apps", 40))

COLUMNS = ("Name", "Platform", "Identifier", "State", "Test", "Workspace", "Registered", "Id")


@blueprint.get("/apps")
@staff_only
def review_apps() -> ResponseReturnValue:
    page = numbered(queries.apps_to_review(), {"made": App.id}, default="made", tie=App.workspace_id, size=20)
    waiting = [app for app, _ in page.items]
    return render(
        "staff/apps/review.html",
        page=page,
        same=queries.same_identifier(waiting),
        dialogs=dialogs(*(_dialog(app.id) for app in waiting)),
        platforms=PLATFORMS,
        review_new_apps=platform_settings().review_new_apps,
    )


@blueprint.get("/apps/all")
@staff_only
def list_apps() -> ResponseReturnValue:
    status, platform = chosen("status", queries.STATUSES), chosen("platform", PLATFORMS)
    query = queries.apps(text=sought(), status=status, platform=platform)
    if request.args.get("format") == "csv":
        return as_csv("apps", COLUMNS, _lines(query))
    page = numbered(query, queries.SORTS, default="-made", tie=App.id)
    names = [(platform.value, platform.label) for platform in PLATFORMS.values()]
    return render("staff/apps/list.html", page=page, platforms=PLATFORMS, platform_names=names)


@blueprint.get("/apps/<uuid:workspace_id>/<uuid:app_id>")
@staff_only
def show_app(workspace_id: UUID, app_id: UUID) -> ResponseReturnValue:
    return _page(queries.app_of(workspace_id, app_id))


@blueprint.post("/apps/<uuid:workspace_id>/<uuid:app_id>/approvals")
@staff_only
def approve_app(workspace_id: UUID, app_id: UUID) -> ResponseReturnValue:
    app = queries.app_of(workspace_id, app_id)
    with scope(workspace_id):
        operations.approve_app(app)
    flash(f"{app.name} is approved. Its team was told.")
    return redirect_to("staff.review_apps")


@blueprint.post("/apps/<uuid:workspace_id>/<uuid:app_id>/suspensions")
@staff_only
def suspend_app(workspace_id: UUID, app_id: UUID) -> ResponseReturnValue:
    app, form = queries.app_of(workspace_id, app_id), ReasonForm(_dialog(app_id))
    waited = app.status == "pending_review"
    if form.validate_on_submit():
        with attempt(form), scope(workspace_id):
            operations.suspend_app(app, form.reason.data)
        if not form.errors:
            flash(f"{app.name} is {'refused' if waited else 'suspended'}. Its team was told why.")
            return redirect_to("staff.review_apps") if waited else _back(app)
    return _page(app, form)


@blueprint.post("/apps/<uuid:workspace_id>/<uuid:app_id>/reinstatements")
@staff_only
def reinstate_app(workspace_id: UUID, app_id: UUID) -> ResponseReturnValue:
    app = queries.app_of(workspace_id, app_id)
    with scope(workspace_id):
        operations.reinstate_app(app)
    flash(f"{app.name} is active again. Its team was told.")
    return _back(app)


def _page(app: App, refused: ReasonForm | None = None) -> ResponseReturnValue:
    return render(
        "staff/apps/app.html",
        status=422 if refused else 200,
        app=app,
        workspace=workspace_of(app.workspace_id),
        platform=PLATFORMS[app.platform],
        same=queries.same_identifier([app])[app.id],
        entries=latest_about(app.id),
        dialog=dialogs(_dialog(app.id), refused=refused)[_dialog(app.id)],
    )


def _back(app: App) -> ResponseReturnValue:
    return redirect_to("staff.show_app", workspace_id=app.workspace_id, app_id=app.id)


def _dialog(app_id: UUID) -> str:
    return f"suspension-{app_id.hex}"


def _lines(query: Select[App, Workspace]) -> Iterator[tuple[object, ...]]:
    rows = session.execute(query.order_by(App.id), execution_options={"yield_per": 1000})
    for app, workspace in rows:
        platform = PLATFORMS[app.platform].label
        yield (app.name, platform, app.identifier, app.status, app.is_test, workspace.slug, app.created_at, app.id)
