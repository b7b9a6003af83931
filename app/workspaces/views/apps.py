"""Apps: the list, one page each, registering, changing, taking away."""

from collections.abc import Iterator
from uuid import UUID

from flask import Blueprint, flash, request, url_for
from flask.typing import ResponseReturnValue

from app.core import panels
from app.core.clock import now
from app.core.db import session
from app.core.forms import attempt
from app.core.htmx import redirect_to, render
from app.core.ids import parse_id
from app.core.pages import as_csv, chosen, numbered, sought
from app.core.reference import PLACEHOLDER
from app.core.settings import current_settings
from app.core.snippets import snippets
from app.workspaces.access import may, member
from app.workspaces.forms.apps import AppForm, NewAppForm
from app.workspaces.models import App
from app.workspaces.operations.apps import change_app, delete_app, register_app
from app.workspaces.platforms import PLATFORMS
from app.workspaces.queries.activity import in_words
from app.workspaces.queries.apps import app_by_id, apps, history_of_app, suspension_of
from app.workspaces.queries.keys import keys_of_app, live_key_counts, publishable_key_of
from app.workspaces.views.activity import as_timeline

blueprint = Blueprint("apps", __name__)
panels.add_to(panels.rail, panels.RailItem("Apps", "app-window", "apps.list_apps", 20, "apps.read"))

STATES = {"active": "Active", "pending_review": "Waiting for review", "suspended": "Suspended"}
SORTS = {"name": App.name, "platform": App.platform, "registered": App.id}
COLUMNS = ("Name", "Platform", "Identifier", "Website", "State", "Test app", "Registered")


def _search(text: str) -> Iterator[panels.Hit]:
    if not may("apps.read"):
        return
    for app in session.scalars(apps(text).order_by(App.name, App.id).limit(8)):
        platform = PLATFORMS[app.platform].label
        yield panels.Hit(app.name, f"App on {platform}", "app-window", url_for("apps.show_app", app_id=app.id))


panels.add_to(panels.search_sources, _search)


@blueprint.get("/w/<workspace>/apps")
@member("apps.read")
def list_apps() -> ResponseReturnValue:
    query = apps(sought(), chosen("state", STATES), chosen("platform", PLATFORMS))
    if request.args.get("format") == "csv":
        return as_csv("apps", COLUMNS, map(_line, session.scalars(query.order_by(App.name, App.id))))
    page = numbered(query, SORTS, default="name", tie=App.id)
    counts = live_key_counts([app.id for app in page.items])
    return render("apps/list.html", page=page, counts=counts, states=STATES, platforms=PLATFORMS)


@blueprint.route("/w/<workspace>/apps/new", methods=["GET", "POST"])
@member("apps.manage")
def new_app() -> ResponseReturnValue:
    like = parse_id(request.args.get("like", ""))
    form = NewAppForm(obj=app_by_id(like)) if like and request.method == "GET" else NewAppForm()
    if like and request.method == "GET":
        form.platform.data = form.identifier.data = None
    if form.validate_on_submit():
        with attempt(form):
            app = register_app(
                name=form.name.data,
                platform=form.platform.data,
                identifier=form.identifier.data,
                domain=form.wanted_domain,
                is_test=form.is_test.data,
            )
        if not form.errors:
            flash(f"{app.name} is registered.")
            return redirect_to("apps.show_app", app_id=app.id)
    return render("apps/new.html", status=422 if form.errors else 200, form=form, platforms=PLATFORMS)


@blueprint.get("/w/<workspace>/apps/<uuid:app_id>")
@member("apps.read")
def show_app(app_id: UUID) -> ResponseReturnValue:
    app = app_by_id(app_id)
    return render(
        "apps/show.html",
        app=app,
        platform=PLATFORMS[app.platform],
        keys=[(key, key.state_at(now())) for key in keys_of_app(app_id)],
        publishable=publishable_key_of(app_id),
        lately=as_timeline(in_words(history_of_app(app_id))),
        suspension=suspension_of(app_id) if app.status == "suspended" else None,
        calls=snippets("GET", f"{current_settings().base_url}/v1/me", PLACEHOLDER),
    )


@blueprint.route("/w/<workspace>/apps/<uuid:app_id>/settings", methods=["GET", "POST"])
@member("apps.manage")
def edit_app(app_id: UUID) -> ResponseReturnValue:
    app = app_by_id(app_id)
    form = AppForm.of(app)
    if form.validate_on_submit():
        with attempt(form):
            change_app(app, name=form.name.data, identifier=form.identifier.data, domain=form.wanted_domain)
        if not form.errors:
            flash("Saved.")
            return redirect_to("apps.show_app", app_id=app.id)
    return render(
        "apps/edit.html", status=422 if form.errors else 200, form=form, app=app, platform=PLATFORMS[app.platform]
    )


@blueprint.post("/w/<workspace>/apps/<uuid:app_id>/deletions")
@member("apps.manage")
def delete(app_id: UUID) -> ResponseReturnValue:
    app = delete_app(app_id)
    flash(f"{app.name} is deleted.")
    return redirect_to("apps.list_apps")


def _line(app: App) -> tuple[object, ...]:
    platform = PLATFORMS[app.platform].label
    return (app.name, platform, app.identifier, app.domain, STATES[app.status], app.is_test, app.created_at)
