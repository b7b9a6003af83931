"""Invitations: sent from the team's page, answered by whoever follows the link."""

from uuid import UUID

from flask import Blueprint, flash
from flask.typing import ResponseReturnValue

from app.accounts.access import account_or_none, current_account, signed_in
from app.accounts.models import Account
from app.accounts.next_page import door
from app.core.access import public
from app.core.clock import now
from app.core.db import session
from app.core.forms import attempt
from app.core.htmx import redirect_to, render
from app.workspaces.access import member, my_role, this_workspace
from app.workspaces.forms.team import InviteForm
from app.workspaces.models import Workspace
from app.workspaces.operations import invites
from app.workspaces.queries.team import invite_by_token
from app.workspaces.roles import SUMMARY

blueprint = Blueprint("invites", __name__)


@blueprint.route("/w/<workspace>/invitations/new", methods=["GET", "POST"])
@member("members.manage")
def send() -> ResponseReturnValue:
    form = InviteForm(givers_role=my_role())
    if form.validate_on_submit():
        with attempt(form):
            invites.invite(this_workspace().id, current_account(), form.email.data, form.role.data)
        if not form.errors:
            flash(f"An invitation is on its way to {form.email.data}.")
            return redirect_to("team.list_members")
    status = 422 if form.errors else 200
    return render("team/invite.html", status=status, form=form, summaries=SUMMARY, days=invites.VALID.days)


@blueprint.post("/w/<workspace>/invitations/<uuid:invite_id>/deliveries")
@member("members.manage")
def deliver_again(invite_id: UUID) -> ResponseReturnValue:
    sent = invites.send_again(this_workspace().id, current_account(), invite_id)
    flash(f"A new link is on its way to {sent.email}; the old one no longer works.")
    return redirect_to("team.list_members")


@blueprint.post("/w/<workspace>/invitations/<uuid:invite_id>/withdrawals")
@member("members.manage")
def take_back(invite_id: UUID) -> ResponseReturnValue:
    withdrawn = invites.withdraw(this_workspace().id, invite_id)
    flash(f"The invitation to {withdrawn.email} is withdrawn.")
    return redirect_to("team.list_members")


@blueprint.get("/invites/<token>")
@public
def show(token: str) -> ResponseReturnValue:
    found = invite_by_token(token)
    if found is None:
        return render("team/invite_gone.html", status=404)
    account = account_or_none()
    page = f"/invites/{token}"
    return render(
        "team/invite_answer.html",
        invite=found,
        token=token,
        workspace=session.get_one(Workspace, found.workspace_id),
        inviter=session.get_one(Account, found.invited_by),
        account=account,
        is_meant=account is not None and account.email_key == found.email_key,
        has_expired=found.has_expired(now()),
        sign_in=door("accounts.sign_in", page),
        sign_up=door("accounts.sign_up", page),
    )


@blueprint.post("/invites/<token>/acceptances")
@signed_in
def accept_link(token: str) -> ResponseReturnValue:
    return _welcome(invites.accept_link(token, current_account()))


@blueprint.post("/workspaces/invitations/<uuid:invite_id>/acceptances")
@signed_in
def accept_listed(invite_id: UUID) -> ResponseReturnValue:
    return _welcome(invites.accept_listed(invite_id, current_account()))


def _welcome(workspace: Workspace) -> ResponseReturnValue:
    flash(f"Welcome to {workspace.name}.")
    return redirect_to("portal.home", workspace=workspace.slug)
