"""The way in, the home of a workspace, and search."""

from collections.abc import Hashable
from typing import Any

from flask import Blueprint, make_response, render_template
from flask import session as browser_session
from flask.typing import ResponseReturnValue

from app.accounts.access import account_or_none, current_account
from app.core import panels
from app.core.access import public
from app.core.clock import now
from app.core.fragments import remembered
from app.core.htmx import if_new, redirect_to, render
from app.core.moments import growth, short_day
from app.core.pages import sought
from app.events.first_event import first_event_call
from app.portal import home as words
from app.portal import search as searching
from app.portal.frame import this_frame
from app.portal.notices import wants_a_look
from app.portal.queries import figures, state
from app.portal.trends import trends
from app.workspaces.access import member, this_workspace
from app.workspaces.queries.apps import all_apps
from app.workspaces.queries.team import invites_for
from app.workspaces.queries.workspaces import workspaces_of

blueprint = Blueprint("portal", __name__)
panels.add_to(panels.rail, panels.RailItem("Home", "house", "portal.home", 10, "workspace.read"))


@blueprint.get("/")
@public
def root() -> ResponseReturnValue:
    """To strangers, what this is; to everybody else, straight to where they work."""
    account = account_or_none()
    if account is None:
        return render("portal/landing.html")
    workspaces, invites = workspaces_of(account.id), invites_for(account.email_key)
    if not workspaces and not invites:
        return redirect_to("workspaces.create")
    if len(workspaces) == 1 and not invites:
        return redirect_to("portal.home", workspace=workspaces[0].slug)
    return redirect_to("workspaces.choose")


@blueprint.get("/w/<workspace>/")
@member("workspace.read")
def home() -> ResponseReturnValue:
    return make_response(remembered("home", _what_it_shows(), _home))


def _what_it_shows() -> Hashable | None:
    """While all of this is the same, so is the page; with a message to flash it is like no other."""
    viewer = this_frame().viewer
    if viewer is None or "_flashes" in browser_session:
        return None
    shown = state(this_workspace().id, current_account().id)
    return viewer, tuple(shown), now().replace(second=0, microsecond=0)


def _home() -> str:
    counted = _figures()
    notices = wants_a_look(counted)
    parts = [(panel.template, panel.context()) for panel in sorted(panels.home_panels, key=lambda panel: panel.order)]
    return render_template(
        "portal/home.html",
        greeting=words.greeting(current_account().name),
        standing=words.standing(counted, notices),
        notices=notices,
        figures=counted,
        panels=[template for template, _ in parts],
        **(_trends() if counted.has_begun else _first_steps(counted)),
        **{name: value for _, context in parts for name, value in context.items()},
    )


@blueprint.get("/w/<workspace>/first-event")
@member("workspace.read")
def first_event() -> ResponseReturnValue:
    """The first steps alone, asked for again and again until the first event has come."""
    counted = _figures()
    return if_new(make_response(render("portal/steps.html", figures=counted, **_first_steps(counted))))


def _figures() -> Any:
    return figures(this_workspace().id, current_account().id)


def _first_steps(counted: Any) -> dict[str, Any]:
    return {"steps": words.first_steps(counted), "snippet": first_event_call(all_apps())}


def _trends() -> dict[str, Any]:
    found = trends(this_workspace().timezone)
    return {
        "trends": found,
        "change": growth(found.n_events, found.events_before),
        "rows": [(short_day(point.bucket), point.n) for point in found.events],
    }


@blueprint.get("/w/<workspace>/search")
@member("workspace.read")
def search() -> ResponseReturnValue:
    text = sought()
    return render("portal/search.html", part="hits", text=text, hits=searching.found(text))
