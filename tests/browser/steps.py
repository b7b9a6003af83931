"""What several journeys do on their way."""

import json
import re
from urllib.request import Request, urlopen

from tests.factories.accounts import PASSWORD
from tests.support.visitor import Visitor, expect


def sign_up(visitor: Visitor, name: str, email: str) -> None:
    """From the sign-up form to being signed in, by the letter in the mailbox."""
    page = visitor.page
    expect(page.get_by_role("heading", level=1, name="Sign up")).to_be_visible()
    page.get_by_label("Your name").fill(name)
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", level=1, name="Check your mail")).to_be_visible()
    visitor.look()
    page.get_by_role("link", name="the mailbox").click()
    follow_letter(visitor, email, "/verify/")
    expect(page.get_by_role("heading", level=1, name="Confirm your address")).to_be_visible()
    visitor.look()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm and sign in").click()
    page.wait_for_url(re.compile(r"^(?!.*/verify/)"))


def follow_letter(visitor: Visitor, email: str, link: str) -> None:
    """From the mailbox on: open the newest letter to this address, and follow the link in it."""
    page = visitor.page
    expect(page.get_by_role("heading", level=1, name="Mailbox")).to_be_visible()
    visitor.look()
    page.locator("tr", has_text=email).get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="As text")).to_be_visible()
    visitor.look()
    page.locator("main p").get_by_role("link").filter(has_text=link).first.click()


def sign_in(visitor: Visitor, email: str) -> None:
    page = visitor.page
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def go_to(visitor: Visitor, label: str) -> None:
    """By the rail, or by the bar under the thumb."""
    visitor.page.locator("nav a:visible").filter(has_text=re.compile(f"^{label}")).first.click()
    expect(visitor.page.locator("nav a:visible[aria-current]").filter(has_text=label).first).to_be_visible()


def told(visitor: Visitor, words: str) -> None:
    """A message at the edge of the page says so."""
    expect(visitor.page.locator("#toasts")).to_contain_text(words)


def send_event(address: str, key: str) -> None:
    """As the first steps show it, from somewhere else."""
    body = json.dumps({"userId": "u1", "event": "level_completed", "properties": {"level": 7}}).encode()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    with urlopen(Request(f"{address}/v1/track", body, headers), timeout=10) as answer:
        assert json.load(answer) == {"success": True}
