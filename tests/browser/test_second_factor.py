"""Two-step sign-in: set up by the key under the picture, used, and survived without the phone."""

import time

import pyotp

from tests.browser.conftest import MakeVisitor
from tests.browser.steps import sign_in
from tests.factories.accounts import PASSWORD, Person, a_person
from tests.support.site import Site
from tests.support.visitor import Visitor, expect


def test_a_second_factor_is_set_up_used_and_lost(a_visitor: MakeVisitor, site: Site) -> None:
    person = a_person()
    visitor = a_visitor().signed_in_as(person.id)
    phone, recovery_code = set_up(visitor)

    later = a_visitor()
    begin(later, person)
    with later.expecting(422):
        later.page.get_by_label("Code").fill("000000")
        later.page.get_by_role("button", name="Sign in", exact=True).click()
        expect(later.page.get_by_role("alert")).to_contain_text("This code is not right")
        later.look()
    # The code of the set-up was used; the next one is taken already.
    finish(later, phone.at(int(time.time()) + phone.interval))

    without_phone = a_visitor()
    begin(without_phone, person)
    finish(without_phone, recovery_code)
    facts = without_phone.open("/account/security").locator("dl div", has_text="Recovery codes left")
    expect(facts.locator("dd")).to_have_text("9")


def set_up(visitor: Visitor) -> tuple[pyotp.TOTP, str]:
    page = visitor.open("/account/security")
    page.get_by_role("link", name="Set up two-step sign-in").click()
    page.get_by_label("Your password").fill(PASSWORD)
    visitor.look()
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("img", name="QR code for the authenticator app")).to_be_visible()
    page.get_by_text("Write a key instead").click()
    visitor.look()
    phone = pyotp.TOTP(page.get_by_role("group", name="Key for the authenticator app").locator("code").inner_text())
    page.get_by_label("Code", exact=True).fill(phone.now())
    page.get_by_role("button", name="Switch on").click()
    expect(page.get_by_role("heading", level=1, name="Keep your recovery codes")).to_be_visible()
    visitor.look()
    codes = page.get_by_role("region", name="Recovery codes").inner_text().split()
    assert len(codes) == 10
    page.get_by_role("link", name="I have kept them").click()
    expect(page.locator("main")).to_contain_text("Signing in takes your password and a code.")
    visitor.look()
    return phone, codes[0]


def begin(visitor: Visitor, person: Person) -> None:
    visitor.open("/sign-in")
    sign_in(visitor, person.email)
    expect(visitor.page.get_by_role("heading", level=1, name="Second step")).to_be_visible()
    visitor.look()


def finish(visitor: Visitor, code: str) -> None:
    visitor.page.get_by_label("Code").fill(code)
    visitor.page.get_by_role("button", name="Sign in", exact=True).click()
    expect(visitor.page.get_by_role("heading", level=1, name="New workspace")).to_be_visible()
