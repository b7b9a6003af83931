"""/dev/mail shows what would have been sent, to whoever sits at this machine."""

import base64
import hashlib
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from app.core.ids import new_id
from app.core.outbox import post
from app.core.tenancy import unit_of_work
from app.factory import Guerdon, create_app
from tests.conftest import dispose
from tests.factories.workspaces import a_workspace
from tests.support.pages import PageClient

EMAIL = Path(__file__).parents[2] / "templates" / "email"
STYLE = "p { color: #20242b; }"
HTML = f"<!doctype html><html><head><title>x</title><style>{STYLE}</style></head><body><p>Verify</p></body></html>"


def a_letter(subject: str = "Verify your address", workspace_id: UUID | None = None) -> UUID:
    text = "Hello <Ines>,\n\nopen http://localhost/verify/abc to go on."
    with unit_of_work(workspace_id):
        return post("email", "ines@example.org", {"subject": subject, "text": text, "html": HTML})


def test_letters_of_everybody_newest_first(client: PageClient) -> None:
    a_letter("First")
    a_letter("Second", a_workspace())
    page = client.page("/dev/mail")
    assert page.text.index("Second") < page.text.index("First")
    assert "ines@example.org" in page.text


def test_an_empty_mailbox_says_so(client: PageClient) -> None:
    assert "No mail yet" in client.page("/dev/mail").text


def test_a_letter_can_be_read_and_its_link_followed(client: PageClient) -> None:
    page = client.page(f"/dev/mail/{a_letter()}")
    assert "Hello <Ines>," in page.text
    assert any(link.get("href") == "http://localhost/verify/abc" for link in page.all("a"))
    (frame,) = page.all("iframe")
    assert "allow-scripts" not in (frame.get("sandbox") or "allow-scripts")


def test_the_html_may_do_nothing_but_look(app: Guerdon) -> None:
    answer = FlaskClient(app).get(f"/dev/mail/{a_letter()}/html")
    policy = answer.headers["Content-Security-Policy"]
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    assert "default-src 'none'" in policy
    assert f"style-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    assert "allow-scripts" not in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert '<base target="_blank">' in answer.get_data(as_text=True)


def test_what_is_no_letter_is_missing(app: Guerdon) -> None:
    with unit_of_work():
        webhook = post("webhook", "https://example.org/hook", {"a": 1})
    for missing in (new_id(), webhook):
        for end in ("", "/html"):
            assert FlaskClient(app).get(f"/dev/mail/{missing}{end}").status_code == 404


def test_nobody_else_may_look(app: Guerdon) -> None:
    letter = a_letter()
    for path in ("/dev/mail", f"/dev/mail/{letter}", f"/dev/mail/{letter}/html"):
        answer = FlaskClient(app).get(path, environ_base={"REMOTE_ADDR": "203.0.113.9"})
        assert answer.status_code == 404
        assert "ines" not in answer.get_data(as_text=True)


def test_an_installation_with_a_mail_server_has_no_mailbox(session_app: Guerdon) -> None:
    app = create_app(replace(session_app.settings, embedded=False, smtp_url="smtp://127.0.0.1"))
    assert not [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/dev/mail")]
    dispose(app)


LETTERS = sorted(path.relative_to(EMAIL).with_suffix("").as_posix() for path in EMAIL.rglob("*.txt"))


def test_every_letter_is_written_twice() -> None:
    pages = {path.relative_to(EMAIL).with_suffix("").as_posix() for path in EMAIL.rglob("*.html")} - {"_base"}
    assert pages == set(LETTERS)


@pytest.mark.parametrize("letter", LETTERS)
def test_every_letter_has_a_subject_and_no_inline_styles(letter: str) -> None:
    assert (EMAIL / f"{letter}.txt").read_text().startswith("Subject: ")
    html = (EMAIL / f"{letter}.html").read_text()
    assert html.startswith('{% extends "email/_base.html" %}')
    assert "style=" not in html
    assert "<style" not in html
