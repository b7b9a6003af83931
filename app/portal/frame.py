"""What the layouts draw around a page; asked for only as far as a page shows it."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from flask import Flask, g, request, url_for
from flask import session as browser_session

from app.accounts.access import account_or_none
from app.accounts.models import Account
from app.core import panels
from app.portal.queries import workspaces_and_unread
from app.workspaces.access import may, my_role, this_visit
from app.workspaces.models import Workspace


@dataclass(frozen=True)
class Item:
    """A place in the rail."""

    label: str
    icon: str
    href: str
    current: bool


@dataclass(frozen=True)
class Visit:
    """The staff visit under way, for the banner."""

    reason: str
    workspace: Workspace
    ends_at: datetime
    end_href: str


class Frame:
    """One a request; nothing here is read from the database until a layout asks."""

    @cached_property
    def account(self) -> Account | None:
        return account_or_none()

    @cached_property
    def workspace(self) -> Workspace | None:
        workspace: Workspace | None = g.get("workspace")
        return workspace

    @cached_property
    def workspaces(self) -> Sequence[Any]:
        """Slug and name of each workspace one can switch to."""
        return [*self._seen, self.workspace] if self.visit else self._seen

    @cached_property
    def _seen(self) -> Sequence[Any]:
        if self.account is None:
            return []
        return workspaces_and_unread(self.account.id, self.workspace.id if self.workspace else None)

    @cached_property
    def rail(self) -> list[Item]:
        back_office = request.blueprint == "staff"
        if self.workspace is None and not back_office:
            return []
        places = sorted(panels.staff_rail if back_office else panels.rail, key=lambda place: place.order)
        return [
            Item(place.label, place.icon, url_for(place.endpoint), _is_here(place.endpoint))
            for place in places
            if place.needs is None or may(place.needs)
        ]

    @cached_property
    def unread(self) -> int:
        """How much the bell has to tell here; staff on a visit are told nothing."""
        return self._seen[0].unread if self._seen and self.workspace else 0

    @cached_property
    def viewer(self) -> Hashable | None:
        """Who looks at what; nobody sees what was drawn for another session, and nothing is kept of a visit."""
        if self.account is None or self.visit:
            return None
        account, workspace = self.account, self.workspace
        return (
            (account.id, account.name, account.email, account.is_staff, account.locale, account.timezone),
            workspace and (workspace.slug, workspace.name, my_role()),
            (request.endpoint, request.path, _theme(), browser_session.get("csrf_token")),
        )

    @cached_property
    def key(self) -> Hashable | None:
        """All that the rail and the bars are drawn from; outside a workspace they show no others and no bell."""
        if self.viewer is None or self.workspace is None:
            return self.viewer
        return self.viewer, tuple(tuple(seen) for seen in self.workspaces), self.unread

    @cached_property
    def visit(self) -> Visit | None:
        visit = this_visit()
        if visit is None or self.workspace is None:
            return None
        return Visit(visit.reason, self.workspace, visit.expires_at, url_for("workspaces.end_this_visit"))


def _is_here(endpoint: str) -> bool:
    """A place is lit on all pages of its feature; the home pages on themselves alone."""
    if endpoint.startswith("portal.") or endpoint == "staff.overview":
        return request.endpoint == endpoint
    if endpoint.startswith("staff."):
        # The back office is one feature with a place for each of its folders.
        return request.path.startswith(url_for(endpoint))
    return request.blueprint == endpoint.partition(".")[0]


def _theme() -> str | None:
    chosen = request.cookies.get("theme")
    return chosen if chosen in {"light", "dark"} else None


def this_frame() -> Frame:
    if "frame" not in g:
        g.frame = Frame()
    frame: Frame = g.frame
    return frame


def init_app(app: Flask) -> None:
    app.context_processor(lambda: {"frame": this_frame()})
