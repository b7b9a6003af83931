"""With JavaScript switched off everything still works."""

import re

from tests.browser.conftest import MakeVisitor
from tests.browser.steps import sign_in, told
from tests.factories.accounts import a_person
from tests.factories.workspaces import Team, a_workspace
from tests.support.visitor import expect


def test_an_app_and_a_key_without_script(a_visitor: MakeVisitor) -> None:
    person = a_person()
    slug = "tidepool-without-script"
    a_workspace(slug, owner=person.id)
    visitor = a_visitor(java_script_enabled=False)
    page = visitor.page
    page.goto(f"/w/{slug}/apps")
    expect(page.get_by_role("heading", level=1, name="Sign in")).to_be_visible()
    sign_in(visitor, person.email)
    expect(page.get_by_role("heading", level=1, name="Apps")).to_be_visible()

    page.get_by_role("link", name="Register an app").first.click()
    page.get_by_label("Name", exact=True).fill("Tidepool")
    page.get_by_role("radio", name="Steam").check()
    page.get_by_label("Identifier").fill("not a number")
    with visitor.expecting(422):
        page.get_by_role("button", name="Register app").click()
        expect(page.get_by_role("alert")).to_contain_text("Identifier")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Tidepool")
    page.get_by_label("Identifier").fill("480")
    page.get_by_role("button", name="Register app").click()
    expect(page.get_by_role("heading", level=1, name="Tidepool")).to_be_visible()
    told(visitor, "Tidepool is registered.")

    page.get_by_role("link", name="Make a key").click()
    page.get_by_label("Name", exact=True).fill("Server")
    page.get_by_role("button", name="Make secret key").click()
    expect(page.locator(".secret code")).to_contain_text("sk_")
    page.get_by_role("link", name="I have copied it").click()
    expect(page).to_have_url(re.compile(r"/keys/[0-9a-f-]{36}$"))
    page.get_by_role("button", name="Revoke…").click()
    page.get_by_role("dialog", name="Revoke Server?").get_by_role("button", name="Revoke key").click()
    told(visitor, "Server is revoked.")
    expect(page.locator("main")).to_contain_text("Revoked")

    page.locator(".rail").get_by_role("button", name="account menu").click()
    page.locator("#rail-account").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1, name="Sign in")).to_be_visible()


def test_a_stale_form_without_script(a_visitor: MakeVisitor, team: Team) -> None:
    visitor = a_visitor(java_script_enabled=False).signed_in_as(team.owner)
    page = visitor.page
    page.goto(f"/w/{team.slug}/invitations/new")
    page.get_by_label("E-mail address").fill("otto@example.org")
    # Another sign-in in this browser, and with it another token.
    visitor.signed_in_as(team.owner)
    with visitor.expecting(419):
        page.get_by_role("button", name="Send invitation").click()
        expect(page.get_by_role("heading", level=1, name="This form was open too long")).to_be_visible()
        expect(page.locator("main")).to_contain_text("Nothing was changed.")
