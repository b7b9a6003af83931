"""Keys: the list, one page each, making, changing, replacing, revoking."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from flask import Blueprint, flash, make_response, request, url_for
from flask.typing import ResponseReturnValue

from app.core import panels
from app.core.clock import now
from app.core.db import session
from app.core.errors import Invalid
from app.core.forms import attempt
from app.core.htmx import redirect_to, render
from app.core.ids import parse_id
from app.core.pages import as_csv, chosen, numbered, sought
from app.core.settings import current_settings
from app.core.snippets import snippets
from app.workspaces.access import may, member
from app.workspaces.credentials import MARKS, abbreviated
from app.workspaces.forms.keys import (
    OVERLAPS,
    NewPublishableKeyForm,
    NewSecretKeyForm,
    RotationForm,
    SecretKeyForm,
    filled_in,
)
from app.workspaces.models import ApiKey, App
from app.workspaces.operations.keys import (
    Minted,
    change_key,
    make_publishable_key,
    make_secret_key,
    revoke_key,
    rotate_key,
)
from app.workspaces.queries.activity import in_words
from app.workspaces.queries.apps import all_apps, app_by_id
from app.workspaces.queries.keys import STATES, find_key, history_of_key, key_by_id, keys, live_keys
from app.workspaces.scopes import SCOPES
from app.workspaces.views.activity import as_timeline

blueprint = Blueprint("keys", __name__)
panels.add_to(panels.rail, panels.RailItem("Keys", "key-round", "keys.list_keys", 30, "keys.read"))

SORTS = {"name": ApiKey.name, "used": ApiKey.last_used_at, "made": ApiKey.id}
COLUMNS = ("Name", "Kind", "Key", "App", "Scopes", "Origins", "State", "Last used", "Expires", "Made")


def _search(text: str) -> Iterator[panels.Hit]:
    if not may("keys.read"):
        return
    for key, app in session.execute(keys(text).order_by(ApiKey.name, ApiKey.id).limit(8)):
        hint = f"Key of {app.name}" if app else "Key of the whole workspace"
        yield panels.Hit(key.name, hint, "key-round", url_for("keys.show_key", key_id=key.id))


panels.add_to(panels.search_sources, _search)


@blueprint.get("/w/<workspace>/keys")
@member("keys.read")
def list_keys() -> ResponseReturnValue:
    query = keys(sought(), chosen("state", STATES), chosen("kind", MARKS))
    if request.args.get("format") == "csv":
        found = session.execute(query.order_by(ApiKey.id.desc()))
        return as_csv("keys", COLUMNS, (_line(key, app) for key, app in found))
    page = numbered(query, SORTS, default="-made", tie=ApiKey.id)
    return render("keys/list.html", page=page, states=STATES, at=now(), abbreviated=abbreviated)


@blueprint.route("/w/<workspace>/keys/new", methods=["GET", "POST"])
@member("keys.manage")
def new_key() -> ResponseReturnValue:
    form = NewSecretKeyForm(apps=all_apps(), data={"app": request.args.get("app"), "scopes": list(SCOPES)})
    if form.validate_on_submit():
        if find_key(form.wanted_id):
            return _made_before(form.wanted_id)
        with attempt(form):
            app = app_by_id(form.wanted_app) if form.wanted_app else None
            minted = make_secret_key(
                form.name.data, app, form.scopes.data, expires_at=form.wanted_end, id=form.wanted_id
            )
        if not form.errors:
            return _shown_once(minted)
    return render("keys/new_secret.html", status=422 if form.errors else 200, form=form, scopes=SCOPES)


@blueprint.route("/w/<workspace>/keys/new/publishable", methods=["GET", "POST"])
@member("keys.manage")
def new_publishable_key() -> ResponseReturnValue:
    form = NewPublishableKeyForm(apps=all_apps(), data={"app": request.args.get("app")})
    if form.validate_on_submit():
        if find_key(form.wanted_id):
            return _made_before(form.wanted_id)
        with attempt(form):
            app = app_by_id(form.wanted_app) if form.wanted_app else None
            minted = make_publishable_key(form.name.data, app, form.wanted_origins(), id=form.wanted_id)
        if not form.errors:
            flash(f"{minted.key.name} is made.")
            return redirect_to("keys.show_key", key_id=minted.key.id)
    return render("keys/new_publishable.html", status=422 if form.errors else 200, form=form)


@blueprint.post("/w/<workspace>/keys/<uuid:key_id>/rotations")
@member("keys.manage")
def rotate(key_id: UUID) -> ResponseReturnValue:
    key, form = key_by_id(key_id), RotationForm()
    if key.replaced_by:
        return _made_before(key.replaced_by)
    if not form.validate_on_submit():
        raise Invalid("overlap_unknown", "Choose when the old key stops working.", field="overlap")
    minted = rotate_key(key_id, form.wanted_overlap)
    return _shown_once(minted)


@blueprint.get("/w/<workspace>/keys/<uuid:key_id>")
@member("keys.read")
def show_key(key_id: UUID) -> ResponseReturnValue:
    key = key_by_id(key_id)
    return render(
        "keys/show.html",
        key=key,
        state=key.state_at(now()),
        app=app_by_id(key.app_id) if key.app_id else None,
        successor=key_by_id(key.replaced_by) if key.replaced_by else None,
        shown=key.public_value or abbreviated(key.kind, key.prefix),
        lately=as_timeline(in_words(history_of_key(key_id))),
        rotation=RotationForm(formdata=None),
        reasons={hours: reason for hours, (_, reason) in OVERLAPS.items()},
    )


@blueprint.route("/w/<workspace>/keys/<uuid:key_id>/settings", methods=["GET", "POST"])
@member("keys.manage")
def edit_key(key_id: UUID) -> ResponseReturnValue:
    key = key_by_id(key_id)
    form = filled_in(key)
    if form.validate_on_submit():
        with attempt(form):
            if isinstance(form, SecretKeyForm):
                change_key(key_id, name=form.name.data, scopes=form.scopes.data)
            else:
                change_key(key_id, name=form.name.data, origins=form.wanted_origins())
        if not form.errors:
            flash("Saved.")
            return redirect_to("keys.show_key", key_id=key_id)
    return render("keys/edit.html", status=422 if form.errors else 200, form=form, key=key, scopes=SCOPES)


@blueprint.post("/w/<workspace>/keys/<uuid:key_id>/revocations")
@member("keys.manage")
def revoke(key_id: UUID) -> ResponseReturnValue:
    key = revoke_key(key_id)
    flash(f"{key.name} is revoked.")
    return redirect_to("keys.show_key", key_id=key_id)


@blueprint.post("/w/<workspace>/keys/revocations")
@member("keys.manage")
def revoke_many() -> ResponseReturnValue:
    """Ask about what was ticked in the list, then revoke it."""
    wanted = live_keys([found for text in request.form.getlist("id") if (found := parse_id(text))])
    if not wanted:
        flash("Nothing was revoked: none of these keys works any more.", "warn")
    elif request.form.get("sure") != "yes":
        return render("keys/revoke_many.html", keys=wanted, abbreviated=abbreviated)
    else:
        flash(_revoked(wanted))
    return redirect_to("keys.list_keys")


def _shown_once(minted: Minted) -> ResponseReturnValue:
    """The page with the key's text. Its address is the key's page, which shows no secret when it is loaded again."""
    address = url_for("keys.show_key", key_id=minted.key.id)
    calls = snippets("GET", f"{current_settings().base_url}/v1/me", minted.text)
    response = make_response(
        render("keys/made.html", key=minted.key, text=minted.text, calls=calls, address=address), 201
    )
    response.headers["HX-Push-Url"] = address
    return response


def _made_before(key_id: UUID) -> ResponseReturnValue:
    flash("This key was made already, and its secret was shown then. It cannot be shown again.", "warn")
    return redirect_to("keys.show_key", key_id=key_id)


def _revoked(wanted: Sequence[ApiKey]) -> str:
    for key in wanted:
        revoke_key(key.id)
    return f"{wanted[0].name} is revoked." if len(wanted) == 1 else f"{len(wanted)} keys are revoked."


def _line(key: ApiKey, app: App | None) -> tuple[object, ...]:
    return (
        key.name,
        key.kind,
        key.public_value or abbreviated(key.kind, key.prefix),
        app.name if app else "The whole workspace",
        " ".join(key.scopes),
        " ".join(key.origins),
        key.state_at(now()),
        key.last_used_at,
        key.expires_at,
        key.created_at,
    )
