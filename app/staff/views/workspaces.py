"""Workspaces from outside: what they are, what staff decide about them, and the way in."""

from collections.abc import Iterator
from uuid import UUID

from flask import flash, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Select

from app.accounts.access import current_account, staff_only
from app.core import panels
from app.core.db import session
from app.core.forms import attempt
from app.core.htmx import redirect_to, render
from app.core.pages import as_csv, chosen, numbered, sought
from app.staff.forms.reasons import ReasonForm, dialogs
from app.staff.queries import workspaces as queries
from app.staff.queries.audit import latest_in
from app.staff.views.blueprint import blueprint
from app.workspaces.models import Workspace
from app.workspaces.operations import oversight
from app.workspaces.platforms import PLATFORMS
from app.workspaces.queries.standing import open_visit
from app.workspaces.queries.workspaces import erased_from

panels.add_to(panels.staff_rail, panels.RailItem("Workspaces", "layers", "staff.list_workspaces", 30))

COLUMNS = ("Name", "Address", "State", "Verified", "Company", "Members", "Apps", "Made", "Deleted", "Id")


@blueprint.get("/workspaces")
@staff_only
def list_workspaces() -> ResponseReturnValue:
    verified = {"yes": True, "no": False}.get(chosen("verified", ("yes", "no")) or "")
    query = queries.workspaces(text=sought(), state=chosen("state", queries.STATES), verified=verified)
    if request.args.get("format") == "csv":
        return as_csv("workspaces", COLUMNS, _lines(query))
    page = numbered(query, queries.SORTS, default="-made", tie=Workspace.id)
    return render("staff/workspaces/list.html", page=page, states=queries.STATES)


@blueprint.get("/workspaces/<uuid:workspace_id>")
@staff_only
def show_workspace(workspace_id: UUID) -> ResponseReturnValue:
    return workspace_page(queries.workspace(workspace_id))


@blueprint.post("/workspaces/<uuid:workspace_id>/verifications")
@staff_only
def verify_workspace(workspace_id: UUID) -> ResponseReturnValue:
    workspace = oversight.verify_workspace(workspace_id)
    flash(f"{workspace.name} is verified.")
    return back_to(workspace_id)


@blueprint.post("/workspaces/<uuid:workspace_id>/verification-withdrawals")
@staff_only
def withdraw_verification(workspace_id: UUID) -> ResponseReturnValue:
    workspace = oversight.withdraw_verification(workspace_id)
    flash(f"{workspace.name} is no longer verified.")
    return back_to(workspace_id)


@blueprint.post("/workspaces/<uuid:workspace_id>/suspensions")
@staff_only
def suspend_workspace(workspace_id: UUID) -> ResponseReturnValue:
    workspace, form = queries.workspace(workspace_id), ReasonForm("suspension")
    if form.validate_on_submit():
        with attempt(form):
            oversight.suspend_workspace(workspace_id, form.reason.data)
        if not form.errors:
            flash(f"{workspace.name} is suspended. Its owners were told by mail.")
            return back_to(workspace_id)
    return workspace_page(workspace, form)


@blueprint.post("/workspaces/<uuid:workspace_id>/reinstatements")
@staff_only
def reinstate_workspace(workspace_id: UUID) -> ResponseReturnValue:
    workspace = oversight.reinstate_workspace(workspace_id)
    flash(f"{workspace.name} is open again. Its owners were told by mail.")
    return back_to(workspace_id)


@blueprint.post("/workspaces/<uuid:workspace_id>/restorations")
@staff_only
def restore_workspace(workspace_id: UUID) -> ResponseReturnValue:
    workspace = oversight.call_off_deletion(workspace_id)
    flash(f"{workspace.name} is back as it was. Its owners were told by mail.")
    return back_to(workspace_id)


def workspace_page(workspace: Workspace, refused: ReasonForm | None = None) -> ResponseReturnValue:
    """The page of a workspace; the dialog that was refused stands open."""
    return render(
        "staff/workspaces/workspace.html",
        status=422 if refused else 200,
        workspace=workspace,
        erased_from=erased_from(workspace) if workspace.deleted_at else None,
        members=queries.members(workspace.id),
        apps=queries.apps(workspace.id),
        keys=queries.keys(workspace.id),
        messages=queries.outbox_counts(workspace.id),
        platforms=PLATFORMS,
        entries=latest_in(workspace.id),
        visit=open_visit(current_account().id, workspace.id),
        dialogs=dialogs("suspension", "visit", refused=refused),
    )


def back_to(workspace_id: UUID) -> ResponseReturnValue:
    return redirect_to("staff.show_workspace", workspace_id=workspace_id)


def _lines(query: Select[Workspace, int, int]) -> Iterator[tuple[object, ...]]:
    rows = session.execute(query.order_by(Workspace.id), execution_options={"yield_per": 1000})
    for workspace, members, apps in rows:
        yield (
            workspace.name,
            workspace.slug,
            workspace.status,
            workspace.verified,
            workspace.company_name,
            members,
            apps,
            workspace.created_at,
            workspace.deleted_at,
            workspace.id,
        )
