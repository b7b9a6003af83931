"""Staff look at an app before it is active, and visit a workspace in front of everybody."""

from collections.abc import Iterator

import pytest

from app.core.platform_settings import change_platform_settings
from app.core.tenancy import unit_of_work
from tests.browser.conftest import MakeVisitor
from tests.browser.steps import told
from tests.factories.workspaces import Team, an_account
from tests.support.site import Site
from tests.support.visitor import Visitor, expect


@pytest.fixture
def settings_restored(site: Site) -> Iterator[None]:
    yield
    with unit_of_work(role="staff"):
        change_platform_settings(review_new_apps=False)


@pytest.fixture
def staff(a_visitor: MakeVisitor) -> Visitor:
    return a_visitor().signed_in_as(an_account("Sam Hale", is_staff=True))


def test_an_app_is_reviewed(staff: Visitor, a_visitor: MakeVisitor, team: Team, settings_restored: None) -> None:
    page = staff.open("/staff/settings")
    page.get_by_role("switch", name="Look at new apps first").check()
    page.get_by_role("button", name="Save").click()
    told(staff, "Saved. The settings are in force.")

    developer = a_visitor().signed_in_as(team.owner)
    developer.open(f"/w/{team.slug}/apps/new")
    developer.page.get_by_label("Name", exact=True).fill("High water")
    developer.page.get_by_role("radio", name="Android").check()
    developer.page.get_by_label("Identifier").fill("example.highwater")
    developer.page.get_by_role("button", name="Register app").click()
    expect(developer.page.locator("main")).to_contain_text("Staff of this installation look at new apps first")
    developer.look()

    page = staff.open("/staff/apps")
    waiting = page.locator("main").get_by_role("link", name="High water")
    waiting.click()
    expect(page.get_by_role("heading", level=1, name="High water")).to_be_visible()
    staff.look()
    page.get_by_role("button", name="Approve").click()
    told(staff, "High water is approved.")
    staff.look()

    developer.page.reload()
    expect(developer.page.locator("h1 + *")).to_contain_text("Active")
    developer.look()
    bell = developer.page.get_by_role("link", name="Notifications").first
    bell.click()
    expect(developer.page.locator("#rail-bell-panel")).to_contain_text("High water")
    developer.look()


def test_a_visit_is_announced_and_ended(staff: Visitor, team: Team) -> None:
    page = staff.open(f"/staff/workspaces/{team.workspace_id}")
    page.get_by_role("button", name="Visit…").click()
    dialog = page.get_by_role("dialog", name="Visit Tidepool Games?")
    with staff.expecting(422):
        dialog.get_by_role("button", name="Begin the visit").click()
        expect(dialog.get_by_role("alert")).to_contain_text("Say why.")
        staff.look()
    dialog.get_by_label("Reason").fill("They asked why a key is refused.")
    dialog.get_by_role("button", name="Begin the visit").click()
    banner = page.get_by_role("complementary", name="Staff visit")
    expect(banner).to_contain_text("They asked why a key is refused.")
    staff.look()
    staff.open(f"/w/{team.slug}/members")
    expect(banner).to_be_visible()
    banner.get_by_role("button", name="End the visit").click()
    expect(page).to_have_url(f"{staff.site.address}/workspaces/new")
    told(staff, "The visit is over.")
    with staff.expecting(404):
        page.goto(f"/w/{team.slug}/members")
        expect(page.locator("footer")).to_contain_text("404")
