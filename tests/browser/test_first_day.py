"""The way of a newcomer: from signing up to the first event, on a desk and on a phone."""

import re
from typing import Any

import pytest

from tests.browser.conftest import MakeVisitor
from tests.browser.steps import go_to, send_event, sign_up, told
from tests.support.site import Site
from tests.support.visitor import DESKTOP, PHONE, Visitor, expect


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_from_signing_up_to_the_first_event(a_visitor: MakeVisitor, site: Site, screen: dict[str, int]) -> None:
    name = f"Tidepool {screen['width']}"
    visitor = a_visitor(viewport=screen)
    visitor.open("/").get_by_role("link", name="Create an account").click()
    sign_up(visitor, "Ines Alder", f"ines.{screen['width']}@example.org")
    make_workspace(visitor, name)
    register_app(visitor, name)
    make_key(visitor)

    go_to(visitor, "Home")
    expect(visitor.page.locator("#first-steps")).to_contain_text("Send the first event")
    visitor.look()
    # The app's publishable key is in it, ready to paste.
    (key,) = re.findall(r"Bearer (pk_\w+)", visitor.page.locator("#first-steps pre").inner_text())
    send_event(site.address, key)
    expect(visitor.page.locator("#first-steps")).to_contain_text("Your first event has arrived")
    visitor.look()
    visitor.page.get_by_role("link", name="Open the home page").click()
    expect(visitor.page.locator("main")).to_contain_text("Events in 30 days")
    visitor.look()


def make_workspace(visitor: Visitor, name: str) -> None:
    page = visitor.page
    expect(page.get_by_role("heading", level=1, name="New workspace")).to_be_visible()
    visitor.look()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Name", exact=True).press("Tab")
    expect(page.get_by_label(re.compile("^Address"))).to_have_value(name.lower().replace(" ", "-"))
    page.get_by_role("button", name="Create workspace").click()
    expect(page.get_by_role("heading", level=1, name="Good")).to_be_visible()
    visitor.look()


def register_app(visitor: Visitor, name: str) -> None:
    page = visitor.page
    page.locator("#first-steps").get_by_role("link", name="Register an app").click()
    expect(page.get_by_role("heading", level=1, name="Register an app")).to_be_visible()
    visitor.look()
    page.get_by_label("Name", exact=True).fill("Tidepool")
    page.get_by_role("radio", name="Web").check()
    page.get_by_label("Identifier").fill("not a domain")
    with visitor.expecting(422):
        page.get_by_role("button", name="Register app").click()
        expect(page.get_by_role("alert")).to_contain_text("Identifier")
        visitor.look()
        expect(page.get_by_label("Name", exact=True)).to_have_value("Tidepool")
    page.get_by_label("Identifier").fill(f"{name.lower().replace(' ', '-')}.example")
    page.get_by_role("button", name="Register app").click()
    told(visitor, "Tidepool is registered.")
    expect(page.get_by_role("heading", level=1, name="Tidepool")).to_be_visible()
    visitor.look()


def make_key(visitor: Visitor) -> None:
    """Make a secret key; it is on the page once, and not when the page is loaded again."""
    page = visitor.page
    page.get_by_role("link", name="Make a key").click()
    expect(page.get_by_role("heading", level=1, name="Make a key")).to_be_visible()
    visitor.look()
    page.get_by_label("Name", exact=True).fill("Game server")
    page.get_by_role("button", name="Make secret key").click()
    secret = page.locator(".secret code")
    expect(secret).to_contain_text("sk_")
    visitor.look()
    text = secret.inner_text()
    page.reload()
    expect(page.get_by_role("heading", level=1, name="Game server")).to_be_visible()
    assert text not in page.content()
    visitor.look()


def test_the_bar_under_the_thumb(a_visitor: MakeVisitor, site: Site, team: Any) -> None:
    visitor = a_visitor(viewport=PHONE).signed_in_as(team.owner)
    page = visitor.open(f"/w/{team.slug}/")
    for place in ("Points", "People", "Events", "Home"):
        go_to(visitor, place)
        visitor.look()
    page.get_by_role("button", name="More").click()
    sheet = page.locator("#more")
    expect(sheet).to_be_visible()
    visitor.look()
    sheet.get_by_role("link", name="Settings").click()
    expect(page.get_by_role("heading", level=1, name="Settings")).to_be_visible()
    expect(sheet).to_be_hidden()
    visitor.look()
