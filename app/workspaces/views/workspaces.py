"""Choose, make, change, leave, delete and restore a workspace."""

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue

from app.accounts.access import current_account, signed_in
from app.core.errors import Denied
from app.core.forms import attempt
from app.core.htmx import redirect_to, render
from app.workspaces.access import member, this_visit, this_workspace
from app.workspaces.forms.workspaces import AddressForm, CreateForm, DeletionForm, SettingsForm
from app.workspaces.operations.team import leave_workspace
from app.workspaces.operations.visits import end_visit
from app.workspaces.operations.workspaces import (
    change_settings,
    change_slug,
    create_workspace,
    delete_workspace,
    restore_workspace,
    suggest_slug,
)
from app.workspaces.queries.team import invites_for
from app.workspaces.queries.workspaces import erased_from, restorable_by, workspaces_of

blueprint = Blueprint("workspaces", __name__)


@blueprint.get("/workspaces")
@signed_in
def choose() -> ResponseReturnValue:
    account = current_account()
    return render(
        "workspaces/choose.html",
        workspaces=workspaces_of(account.id),
        invites=invites_for(account.email_key),
        deleted=[(workspace, erased_from(workspace)) for workspace in restorable_by(account.id)],
    )


@blueprint.route("/workspaces/new", methods=["GET", "POST"])
@signed_in
def create() -> ResponseReturnValue:
    form, account = CreateForm(), current_account()
    if form.validate_on_submit():
        with attempt(form):
            slug = form.slug.data or suggest_slug(form.name.data)
            workspace = create_workspace(account.id, form.name.data, slug, account.timezone)
        if not form.errors:
            return redirect_to("portal.home", workspace=workspace.slug)
    return render("workspaces/create.html", status=422 if form.errors else 200, form=form)


@blueprint.get("/workspaces/new/address")
@signed_in
def suggest_address() -> ResponseReturnValue:
    """The address field of the form, filled in from the name while it is still empty."""
    form = CreateForm(formdata=request.args)
    if form.name.data and not form.slug.data:
        form.slug.data = suggest_slug(form.name.data)
    return render("workspaces/address.html", form=form)


@blueprint.post("/workspaces/<slug>/restorations")
@signed_in
def restore(slug: str) -> ResponseReturnValue:
    workspace = restore_workspace(slug, current_account().id)
    flash(f"{workspace.name} is back as it was.")
    return redirect_to("portal.home", workspace=workspace.slug)


@blueprint.get("/w/<workspace>/settings")
@member("workspace.read")
def settings() -> ResponseReturnValue:
    return _settings(SettingsForm.of(this_workspace()), AddressForm(obj=this_workspace()))


@blueprint.post("/w/<workspace>/settings/profile")
@member("settings.manage")
def save_settings() -> ResponseReturnValue:
    workspace, form = this_workspace(), SettingsForm()
    if form.validate_on_submit():
        with attempt(form):
            change_settings(workspace, **form.wanted())
        if not form.errors:
            flash("Saved.")
            return redirect_to("workspaces.settings")
    return _settings(form, AddressForm(formdata=None, obj=workspace))


@blueprint.post("/w/<workspace>/settings/address")
@member("settings.manage")
def save_address() -> ResponseReturnValue:
    workspace = this_workspace()
    form = AddressForm(workspace_id=workspace.id)
    if form.validate_on_submit():
        with attempt(form):
            change_slug(workspace, form.slug.data)
        if not form.errors:
            flash("This workspace has a new address.")
            return redirect_to("workspaces.settings")
    return _settings(SettingsForm(formdata=None, obj=workspace), form)


def _settings(form: SettingsForm, address: AddressForm) -> ResponseReturnValue:
    status = 422 if form.errors or address.errors else 200
    deletion = DeletionForm(formdata=None, name=this_workspace().name)
    return render("workspaces/settings.html", status=status, form=form, address=address, deletion=deletion)


@blueprint.route("/w/<workspace>/settings/deletion", methods=["GET", "POST"])
@member("workspace.delete")
def delete() -> ResponseReturnValue:
    workspace = this_workspace()
    form = DeletionForm(name=workspace.name)
    if form.validate_on_submit():
        delete_workspace(workspace.id)
        flash(f"{workspace.name} is deleted. You can restore it for 30 days.")
        return redirect_to("workspaces.choose")
    return render("workspaces/delete.html", status=422 if form.errors else 200, form=form)


@blueprint.post("/w/<workspace>/departures")
@member("workspace.read")
def leave() -> ResponseReturnValue:
    workspace = this_workspace()
    leave_workspace(workspace.id)
    flash(f"You left {workspace.name}.")
    return redirect_to("workspaces.choose")


@blueprint.post("/w/<workspace>/visit/endings")
@member("workspace.read")
def end_this_visit() -> ResponseReturnValue:
    visit = this_visit()
    if visit is None:
        raise Denied("no_visit", "You are here as a member, so there is no visit to end.")
    end_visit(visit)
    flash("The visit is over.")
    return redirect_to("portal.root")
