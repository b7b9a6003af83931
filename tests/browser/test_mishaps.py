"""What people do by accident: press twice, go back, leave a page open, sign out in another tab."""

import re

from playwright.sync_api import Page
from sqlalchemy import func, select

from app.accounts.models import Account
from app.accounts.operations.sessions import end_sessions
from app.core.db import session
from app.core.tenancy import unit_of_work
from app.workspaces.models import App
from tests.browser.conftest import MakeVisitor
from tests.browser.steps import sign_in, told
from tests.factories.accounts import a_person
from tests.factories.workspaces import Team, a_workspace, an_app
from tests.support.site import Site
from tests.support.visitor import Visitor, expect

SIGNED_OUT = "Nothing was changed: you were signed out meanwhile."
READY = "Nothing was changed: this page was open for too long. It is ready again; send it once more."


def fill_in_app(page: Page, name: str) -> None:
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("radio", name="Steam").check()
    page.get_by_label("Identifier").fill("480")


def apps_in(team: Team) -> int:
    with unit_of_work(team.workspace_id):
        return session.scalar(select(func.count()).select_from(App)) or 0


def test_a_double_click_makes_one_app(visitor: Visitor, team: Team) -> None:
    page = visitor.signed_in_as(team.owner).open(f"/w/{team.slug}/apps/new")
    fill_in_app(page, "Tidepool")
    page.get_by_role("button", name="Register app").dblclick()
    expect(page.get_by_role("heading", level=1, name="Tidepool")).to_be_visible()
    told(visitor, "Tidepool is registered.")
    assert apps_in(team) == 1


def test_going_back_shows_how_things_are(visitor: Visitor, team: Team) -> None:
    an_app(team.workspace_id, "Tidepool")
    page = visitor.signed_in_as(team.owner).open(f"/w/{team.slug}/apps")
    page.get_by_role("link", name="Tidepool", exact=True).click()
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Name", exact=True).fill("Moonrise")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1, name="Moonrise")).to_be_visible()
    page.go_back()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Moonrise")
    page.go_back()
    expect(page.get_by_role("heading", level=1, name="Moonrise")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("link", name="Moonrise")).to_be_visible()
    expect(page.get_by_role("link", name="Tidepool", exact=True)).to_have_count(0)
    page.go_forward()
    expect(page.get_by_role("heading", level=1, name="Moonrise")).to_be_visible()


def test_signed_out_in_another_tab(a_visitor: MakeVisitor) -> None:
    """The form that was left open stays as it was typed, says what to do, and can be sent after that."""
    visitor, email, slug = somebody_at_work(a_visitor)
    page = visitor.page
    fill_in_app(page, "Written before")
    other = visitor.context.new_page()
    other.goto(f"/w/{slug}/")
    other.locator(".rail").get_by_role("button", name="account menu").click()
    other.locator("#rail-account").get_by_role("button", name="Sign out").click()
    expect(other.get_by_role("heading", level=1, name="Sign in")).to_be_visible()
    with visitor.expecting(419):
        page.get_by_role("button", name="Register app").click()
        told(visitor, SIGNED_OUT)
        visitor.look()
        sign_in_elsewhere(other, visitor, email)
        page.get_by_role("button", name="Register app").click()
        told(visitor, READY)
    page.get_by_role("button", name="Register app").click()
    told(visitor, "Written before is registered.")


def test_signed_out_from_afar(a_visitor: MakeVisitor) -> None:
    """The session was ended elsewhere, or its time is over: the form stays all the same."""
    visitor, email, _ = somebody_at_work(a_visitor)
    page = visitor.page
    fill_in_app(page, "Written before")
    with unit_of_work():
        end_sessions(session.scalars(select(Account).filter_by(email=email)).one())
    with visitor.expecting(401, 419):
        page.get_by_role("button", name="Register app").click()
        told(visitor, SIGNED_OUT)
        sign_in_elsewhere(visitor.context.new_page(), visitor, email)
        page.get_by_role("button", name="Register app").click()
        told(visitor, READY)
    page.get_by_role("button", name="Register app").click()
    told(visitor, "Written before is registered.")


def test_signed_in_anew_in_another_tab(a_visitor: MakeVisitor) -> None:
    visitor, email, _ = somebody_at_work(a_visitor)
    page = visitor.page
    fill_in_app(page, "Written before")
    visitor.context.clear_cookies(name="guerdon")
    sign_in_elsewhere(visitor.context.new_page(), visitor, email)
    with visitor.expecting(419):
        page.get_by_role("button", name="Register app").click()
        told(visitor, READY)
    page.get_by_role("button", name="Register app").click()
    told(visitor, "Written before is registered.")


def test_a_page_that_looks_by_itself_leads_back_to_itself(visitor: Visitor, site: Site) -> None:
    """Home asks again and again; once that finds nobody signed in, the way back in leads to the whole page."""
    person = a_person()
    slug = f"left-open-{person.id.hex[-8:]}"
    a_workspace(slug, owner=person.id)
    visitor.signed_in_as(person.id)
    page = visitor.open(f"/w/{slug}/")
    with unit_of_work():
        end_sessions(session.get_one(Account, person.id))
    with visitor.expecting(401):
        expect(page.get_by_role("heading", level=1, name="Sign in")).to_be_visible(timeout=10_000)
    sign_in(visitor, person.email)
    expect(page.get_by_role("heading", level=1, name="Good")).to_be_visible()
    expect(page).to_have_url(f"{site.address}/w/{slug}/")


def test_a_server_that_is_away_is_said(visitor: Visitor, team: Team) -> None:
    page = visitor.signed_in_as(team.owner).open(f"/w/{team.slug}/apps/new")
    fill_in_app(page, "Tidepool")
    visitor.context.set_offline(True)
    page.get_by_role("button", name="Register app").click()
    told(visitor, "Guerdon could not be reached. Check the connection and try again.")
    visitor.context.set_offline(False)
    visitor.faults.clear()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Tidepool")
    page.get_by_role("button", name="Register app").click()
    told(visitor, "Tidepool is registered.")


def somebody_at_work(a_visitor: MakeVisitor) -> tuple[Visitor, str, str]:
    person = a_person()
    slug = f"left-open-{person.id.hex[-8:]}"
    a_workspace(slug, owner=person.id)
    visitor = a_visitor().signed_in_as(person.id)
    visitor.open(f"/w/{slug}/apps/new")
    return visitor, person.email, slug


def sign_in_elsewhere(other: Page, visitor: Visitor, email: str) -> None:
    first, visitor.page = visitor.page, other
    other.goto("/sign-in")
    sign_in(visitor, email)
    expect(other).not_to_have_url(re.compile("sign-in"))
    visitor.page = first
