"""Every page of the URL map, in light and in dark, wide and narrow: axe finds nothing, and nothing scrolls sideways."""

from urllib.parse import urlsplit

import pytest

from app.accounts.models import Account
from app.core.access import access_of
from app.core.db import session
from app.core.tenancy import unit_of_work
from app.dev.demo import EMPTY_SLUG, SLUG
from app.workspaces.access import Member
from app.workspaces.models import Workspace
from app.workspaces.operations.visits import begin_visit, end_visit
from app.workspaces.roles import allows
from tests.browser.conftest import MakeVisitor
from tests.browser.studio import Studio, furnish
from tests.support.places import MEMBERS, STAFF, STRANGERS, Place, places, values_for
from tests.support.site import Site
from tests.support.visitor import DESKTOP, Visitor

NARROW = (320, 768)
LISTS = ("apps", "keys", "members", "activity")
STAFF_LISTS = ("accounts", "workspaces", "apps/all", "messages", "audit")


@pytest.fixture(scope="module")
def studio(whole_site: Site) -> Studio:
    with whole_site.app.app_context():
        return furnish()


def look_at(visitor: Visitor, found: list[Place]) -> None:
    """Collect what is wrong on all of them, so that one run tells everything."""
    assert found
    faults = []
    for place in found:
        visitor.page.set_viewport_size(DESKTOP)
        visitor.page.goto(place.path)
        if not place.path.startswith("/sign-in"):
            assert urlsplit(visitor.page.url).path != "/sign-in", f"{place.path} asks to sign in."
        for width in (DESKTOP["width"], *NARROW):
            visitor.page.set_viewport_size({**DESKTOP, "width": width})
            visitor.check_fit()
        try:
            visitor.page.set_viewport_size(DESKTOP)
            visitor.look()
        except AssertionError as seen:
            faults.append(f"{place.endpoint} {place.path}\n{seen}")
    assert not faults, "\n\n".join(faults)


def test_of_strangers(visitor: Visitor, site: Site, studio: Studio) -> None:
    look_at(visitor, list(places(site.app, *STRANGERS, values=values_for(studio.owner, SLUG))))


def test_of_members(visitor: Visitor, site: Site, studio: Studio) -> None:
    visitor.signed_in_as(studio.owner)
    look_at(visitor, list(places(site.app, *MEMBERS, values=values_for(studio.owner, SLUG))))


def test_of_members_with_nothing_to_show(visitor: Visitor, site: Site, studio: Studio) -> None:
    visitor.signed_in_as(studio.owner)
    look_at(visitor, list(places(site.app, Member, values=values_for(studio.owner, EMPTY_SLUG), deeper=False)))
    look_at(
        visitor, [Place(part, f"/w/{SLUG}/{part}?q=no-such-thing&action=key.revoked&role=viewer") for part in LISTS]
    )


def test_of_those_who_may_only_look(visitor: Visitor, site: Site, studio: Studio) -> None:
    visitor.signed_in_as(studio.viewer)
    open_to_viewers = [
        place
        for place in places(site.app, Member, values=values_for(studio.owner, SLUG))
        if allows("viewer", access_of(site.app, place.endpoint).permission.name)
    ]
    look_at(visitor, open_to_viewers)


def test_of_staff(visitor: Visitor, site: Site, studio: Studio) -> None:
    visitor.signed_in_as(studio.staff)
    look_at(visitor, list(places(site.app, *STAFF, values=values_for(studio.owner, SLUG))))
    look_at(visitor, [Place(part, f"/staff/{part}?q=no-such-thing&action=no.such") for part in STAFF_LISTS])


def test_of_staff_on_a_visit(visitor: Visitor, site: Site, studio: Studio) -> None:
    values = values_for(studio.owner, SLUG)
    with unit_of_work(role="staff"):
        staff, workspace = session.get_one(Account, studio.staff), session.get_one(Workspace, values["workspace_id"])
        visit = begin_visit(staff, workspace, "They asked why a key is refused, and cannot find the page.")
    visitor.signed_in_as(studio.staff)
    look_at(visitor, [Place(part, f"/w/{SLUG}/{part}") for part in ("", "members", "settings")])
    with unit_of_work(role="staff"):
        end_visit(session.merge(visit))


def test_of_what_goes_wrong(a_visitor: MakeVisitor, site: Site, studio: Studio) -> None:
    visitor = a_visitor().signed_in_as(studio.viewer)
    with visitor.expecting(403, 404, 405, 410):
        wrong = ("/nowhere", "/w/nowhere/", f"/w/{SLUG}/keys/new", "/sign-out", "/verify/none", "/invites/none")
        look_at(visitor, [Place("wrong", path) for path in wrong])
