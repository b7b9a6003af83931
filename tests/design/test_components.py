"""The components as pages use them, the assets as browsers fetch them, the error pages with nothing behind them."""

import gzip
import re
from pathlib import Path

import pytest
from flask import render_template

from app.core.components import here, monogram, spark_points
from app.core.db import session
from app.core.icons import UnknownIcon, icon
from app.factory import Guerdon
from app.workspaces.models import Workspace
from tests.factories.workspaces import an_account
from tests.support.pages import PageClient

TEMPLATES = Path(__file__).parents[2] / "templates"


def test_the_page_of_components_is_a_careful_page(client: PageClient) -> None:
    page = client.page("/dev/components")
    assert page.title == "Components · Tidepool Games · Guerdon"
    field = page.by_id("refused-name")
    assert field.get("aria-invalid") == "true"
    assert field.get("aria-describedby") == "refused-name-hint refused-name-error"


def test_the_product_page_needs_no_account(client: PageClient) -> None:
    assert "a reward that was earned" in client.page("/").text


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 415, 418, 419, 422, 429, 500, 503])
def test_error_pages_need_nothing(session_app: Guerdon, status: int) -> None:
    with session_app.test_request_context("/w/somewhere/else?a=1"):
        body = render_template("errors/problem.html", status=status, code="a_code", message="What happened.")
        part = render_template("errors/problem.swap.html", status=status, code="a_code", message="What happened.")
    assert "What happened." in body
    assert "a_code" in body
    assert "What happened." in part
    assert "<hx-partial" in part


def test_leaving_a_field_checks_it_and_does_nothing(client: PageClient) -> None:
    client.sign_in(an_account("Ines"))
    before = session.query(Workspace).count()
    good = client.submit("/workspaces/new", {"name": "Tidepool", "slug": ""}, headers={"X-Check": "name"})
    bad = client.submit("/workspaces/new", {"name": "", "slug": ""}, headers={"X-Check": "name"})
    assert good.status_code == 200
    assert bad.status_code == 422
    assert 'id="name-error"' in bad.text
    assert session.query(Workspace).count() == before


def test_the_theme_is_drawn_by_the_server(client: PageClient) -> None:
    client.set_cookie("theme", "dark")
    assert 'data-theme="dark"' in client.get("/sign-in").text
    client.set_cookie("theme", '"><script>')
    assert "data-theme" not in client.get("/sign-in").text.split("<head>")[0]


def test_assets_are_whole_small_and_kept(client: PageClient) -> None:
    address = re.findall(r'href="(/assets/[^"]+app\.css)"', client.get("/sign-in").text)[0]
    plain = client.get(address)
    small = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert b"@import" not in plain.data
    assert b"@layer components {" in plain.data
    assert gzip.decompress(small.data) == plain.data
    assert len(small.data) < 20_000
    assert plain.cache_control.immutable
    assert plain.cache_control.public
    assert not client.get("/assets/old/css/app.css").cache_control.immutable
    assert client.get("/assets/old/css/none.css").status_code == 404
    assert client.get("/assets/old/../pyproject.toml").status_code == 404


def test_every_icon_that_a_template_names_exists() -> None:
    source = "".join(path.read_text() for path in TEMPLATES.rglob("*.html"))
    names = set(re.findall(r'icon\("([a-z0-9-]+)"\)|icon="([a-z0-9-]+)"|"icon": "([a-z0-9-]+)"', source))
    for name in {name for found in names for name in found if name}:
        assert "<svg" in icon(name)
    for wrong in ("no-such-icon", "../mark", ""):
        with pytest.raises(UnknownIcon):
            icon(wrong)


@pytest.mark.parametrize(
    ("name", "letter"),
    [("tidepool", "T"), ("  ", "?"), ("👩🏽‍🚀 Ada", "👩🏽‍🚀"), ("🇵🇹 Porto", "🇵🇹"), ("éa", "É"), ("أخطبوط", "أ")],
)
def test_monograms(name: str, letter: str) -> None:
    assert monogram(name) == letter


def test_addresses_with_changes(session_app: Guerdon) -> None:
    with session_app.test_request_context("/list?state=a&state=b&page=3&q=x%26y"):
        assert here(sort="-name") == "/list?state=a&state=b&q=x%26y&sort=-name"
        assert here(state=None, q=None) == "/list"
        assert here(page=4) == "/list?state=a&state=b&q=x%26y&page=4"


def test_sparklines() -> None:
    assert spark_points([1, 1]) == "0.0,14.0 88.0,14.0"
    assert spark_points([0, 10, 5]) == "0.0,26.0 44.0,2.0 88.0,14.0"
    assert spark_points([7]) == "0.0,14.0"
