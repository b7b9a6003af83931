"""Who may come into a workspace: its members by their role, and staff on a visit."""

from collections.abc import Callable
from typing import Any

from flask import Flask, current_app, g, make_response, render_template
from flask.typing import ResponseReturnValue

from app.accounts.access import SignedIn, current_account
from app.core.access import View, declare
from app.core.actor import Actor, act_as
from app.core.errors import Denied, Missing
from app.core.platform_settings import platform_settings
from app.core.tenancy import enter
from app.workspaces.models import Membership, StaffVisit, Workspace
from app.workspaces.queries.standing import open_visit, workspace_and_membership
from app.workspaces.roles import PERMISSIONS, VISITOR_ROLE, allows


class Member:
    """A member whose role allows this, under `/w/<workspace>/…`; the view itself never sees the slug."""

    def __init__(self, permission: str) -> None:
        self.permission = PERMISSIONS[permission]

    def check(self, view_args: dict[str, Any]) -> ResponseReturnValue | None:
        slug = view_args.pop("workspace")
        if (answer := SignedIn().check(view_args)) is not None:
            return answer
        _come_in(slug)
        if this_workspace().status == "suspended" and this_visit() is None:
            contact = platform_settings().contact_email
            return make_response(render_template("workspaces/suspended.html", contact=contact), 403)
        if not may(self.permission.name):
            raise Denied("role_too_low", f"This needs the role {self.permission.lowest}; yours here is {my_role()}.")
        return None


def member(permission: str) -> Callable[[View], View]:
    """Open a view under `/w/<workspace>/…` to whoever has this permission there."""
    return lambda view: declare(view, Member(permission))


def this_workspace() -> Workspace:
    """The workspace that this page lies in."""
    workspace: Workspace = g.workspace
    return workspace


def my_membership() -> Membership | None:
    """What the account is here; None for staff on a visit."""
    membership: Membership | None = g.get("membership")
    return membership


def this_visit() -> StaffVisit | None:
    """The staff visit under way on this page."""
    visit: StaffVisit | None = g.get("visit")
    return visit


def my_role() -> str:
    membership = my_membership()
    return membership.role if membership else VISITOR_ROLE


def may(permission: str) -> bool:
    """Whether whoever looks at this page may do that here; templates ask it too."""
    return "workspace" in g and allows(my_role(), permission)


def init_app(app: Flask) -> None:
    app.url_defaults(_stay_here)
    app.jinja_env.globals["may"] = may


def _come_in(slug: str) -> None:
    """Find the workspace and the account's standing in it; to everybody else it does not exist."""
    account = current_account()
    found = workspace_and_membership(slug, account.id)
    if found is None:
        raise Missing
    workspace, membership = found
    visit = open_visit(account.id, workspace.id) if membership is None and account.is_staff else None
    if membership is None and visit is None:
        raise Missing
    g.workspace, g.membership, g.visit = workspace, membership, visit
    act_as(Actor("staff" if visit else "account", account.id))
    enter(workspace.id)


def _stay_here(endpoint: str, values: dict[str, Any]) -> None:
    """Links on a workspace's page lead within it, unless they name another."""
    lies_in_workspace = current_app.url_map.is_endpoint_expecting
    if "workspace" in g and "workspace" not in values and lies_in_workspace(endpoint, "workspace"):
        values["workspace"] = g.workspace.slug
