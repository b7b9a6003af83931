"""The team: members, their roles, and going separate ways."""

from collections.abc import Iterator
from uuid import UUID

from flask import Blueprint, flash, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from app.accounts.models import Account
from app.core import panels
from app.core.clock import now
from app.core.db import session
from app.core.errors import Missing
from app.core.forms import attempt
from app.core.htmx import redirect_to, render
from app.core.pages import as_csv, chosen, numbered, sought
from app.workspaces.access import may, member, my_membership, my_role, this_workspace
from app.workspaces.forms.team import RoleForm
from app.workspaces.models import ROLES, Membership
from app.workspaces.operations.team import change_role, hand_over, remove_member
from app.workspaces.queries.team import member_by_id, open_invites, sorts_of_team, team_list
from app.workspaces.roles import SUMMARY, reaches

blueprint = Blueprint("team", __name__)
panels.add_to(panels.rail, panels.RailItem("Team", "users", "team.list_members", 40, "members.read"))


def _search(text: str) -> Iterator[panels.Hit]:
    if not may("members.read"):
        return
    query = team_list(this_workspace().id, text).order_by(Account.name).limit(8)
    for held, account, _ in session.execute(query):
        yield panels.Hit(account.name, account.email, "user-round", url_for("team.show_member", member_id=held.id))


panels.add_to(panels.search_sources, _search)


@blueprint.get("/w/<workspace>/members")
@member("members.read")
def list_members() -> ResponseReturnValue:
    workspace, sorts = this_workspace(), sorts_of_team()
    query = team_list(workspace.id, sought(), chosen("role", ROLES))
    if request.args.get("format") == "csv":
        rows = session.execute(query.order_by(sorts["role"], sorts["name"]))
        lines = ((account.name, account.email, held.role, held.created_at) for held, account, _ in rows)
        return as_csv("team", ("Name", "E-mail", "Role", "Member since"), lines)
    page = numbered(query, sorts, default="role", tie=Membership.id)
    return render("team/list.html", page=page, roles=ROLES, invites=open_invites(workspace.id), now=now())


@blueprint.get("/w/<workspace>/members/<uuid:member_id>")
@member("members.read")
def show_member(member_id: UUID) -> ResponseReturnValue:
    held, account = _found(member_id)
    return _page(held, account, RoleForm(formdata=None, obj=held, givers_role=my_role()))


@blueprint.post("/w/<workspace>/members/<uuid:member_id>/roles")
@member("members.manage")
def give_role(member_id: UUID) -> ResponseReturnValue:
    held, account = _found(member_id)
    form = RoleForm(givers_role=my_role())
    if form.validate_on_submit():
        with attempt(form):
            change_role(this_workspace().id, member_id, form.role.data)
        if not form.errors:
            flash(f"{account.name} is {form.role.data} now.")
            return redirect_to("team.list_members")
    return _page(held, account, form)


@blueprint.post("/w/<workspace>/members/<uuid:member_id>/removals")
@member("members.manage")
def remove(member_id: UUID) -> ResponseReturnValue:
    account = remove_member(this_workspace().id, member_id)
    flash(f"{account.name} no longer belongs to the team.")
    return redirect_to("team.list_members")


@blueprint.post("/w/<workspace>/members/<uuid:member_id>/handovers")
@member("ownership.manage")
def hand_workspace_over(member_id: UUID) -> ResponseReturnValue:
    _, account = _found(member_id)
    hand_over(this_workspace().id, member_id)
    flash(f"{account.name} owns this workspace now, and you are an admin.")
    return redirect_to("team.list_members")


def _found(member_id: UUID) -> Row[Membership, Account]:
    found = member_by_id(this_workspace().id, member_id)
    if found is None:
        raise Missing
    return found


def _page(held: Membership, account: Account, form: RoleForm) -> ResponseReturnValue:
    own = my_membership()
    return render(
        "team/member.html",
        status=422 if form.errors else 200,
        held=held,
        account=account,
        form=form,
        summaries=SUMMARY,
        is_self=own is not None and own.id == held.id,
        within_reach=reaches(my_role(), held.role),
    )
