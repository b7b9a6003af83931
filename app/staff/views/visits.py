"""The way into somebody's workspace: for a reason, announced, and over after an hour."""

from uuid import UUID

from flask import flash
from flask.typing import ResponseReturnValue

from app.accounts.access import current_account, staff_only
from app.core.forms import attempt
from app.core.htmx import redirect_to
from app.staff.forms.reasons import ReasonForm
from app.staff.queries.workspaces import workspace as workspace_of
from app.staff.views.blueprint import blueprint
from app.staff.views.workspaces import back_to, workspace_page
from app.workspaces.operations.visits import begin_visit, end_visit
from app.workspaces.queries.standing import open_visit


@blueprint.post("/workspaces/<uuid:workspace_id>/visits")
@staff_only
def visit_workspace(workspace_id: UUID) -> ResponseReturnValue:
    workspace, account, form = workspace_of(workspace_id), current_account(), ReasonForm("visit")
    if open_visit(account.id, workspace_id):
        return redirect_to("portal.home", workspace=workspace.slug)
    if form.validate_on_submit():
        with attempt(form):
            begin_visit(account, workspace, form.reason.data)
        if not form.errors:
            return redirect_to("portal.home", workspace=workspace.slug)
    return workspace_page(workspace, form)


@blueprint.post("/workspaces/<uuid:workspace_id>/visit-endings")
@staff_only
def end_visit_to(workspace_id: UUID) -> ResponseReturnValue:
    visit = open_visit(current_account().id, workspace_of(workspace_id).id)
    if visit:
        end_visit(visit)
        flash("The visit is over.")
    return back_to(workspace_id)
