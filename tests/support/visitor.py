"""A browser that looks at every page with the eyes of all, and does not accept a page that breaks in silence."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from playwright.sync_api import Browser, Locator, Page, Playwright, Request, Response, expect

from tests.support.site import Site

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 360, "height": 740}
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"

# The console is watched, so whatever the policy refuses is told there.
TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile, lineNumber }) => {
  console.error(`The policy refused ${violatedDirective} ${blockedURI} (${sourceFile}:${lineNumber})`);
});
"""
# Said of every answer of 400 and more, also of those that a test asks for; the answers are watched one by one.
SAID_OF_ANSWERS = "Failed to load resource: the server responded with a status of"
# Going on while something is under way ends it.
ENDED_BY_US = "net::ERR_ABORTED"
SAFE = ("data", "about", "blob")

LIGHT_AND_DARK = ("light", "dark")


def chromium(playwright: Playwright) -> Browser:
    """The browser of this machine, or Playwright's own where there is none."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    return playwright.chromium.launch(executable_path=found, args=list(FLAGS))


class Visitor:
    """One person at one browser; `page` is Playwright's, `faults` is what went wrong on the way."""

    def __init__(self, browser: Browser, site: Site, **options: Any) -> None:
        self.site = site
        self.faults: list[str] = []
        self.expected: set[int] = set()
        self.has_script = bool(options.get("java_script_enabled", True))
        settings = {"viewport": DESKTOP, "reduced_motion": "reduce", "base_url": site.address, **options}
        self.context = browser.new_context(**settings)
        self.context.set_default_timeout(10_000)
        if self.has_script:
            self.context.add_init_script(TELL_VIOLATIONS)
        self.context.on("console", lambda said: self._hear(said.type, said.text))
        self.context.on("weberror", lambda error: self.faults.append(f"error on {error.page}: {error.error}"))
        self.context.on("request", self._check_host)
        self.context.on("requestfailed", self._check_failure)
        self.context.on("response", self._check_answer)
        self.page = self.context.new_page()

    def signed_in_as(self, account_id: UUID) -> "Visitor":
        self.context.add_cookies(
            [{"name": "guerdon", "value": self.site.session_cookie(account_id), "url": self.site.address}]
        )
        return self

    def open(self, path: str) -> Page:
        """Go to an address, and look at what is there."""
        self.page.goto(path)
        self.look()
        return self.page

    def look(self) -> None:
        """See this page in light and in dark, with axe, and whether it fits the screen."""
        self.page.wait_for_load_state()
        if self.has_script:
            for scheme in LIGHT_AND_DARK:
                self.page.emulate_media(color_scheme=scheme)
                self.faults += [f"{self.where}, {scheme}: {fault}" for fault in self._ask_axe()]
            self.page.emulate_media(color_scheme="light")
        self.check_fit()
        self.assert_well()

    def check_fit(self) -> None:
        """No page scrolls sideways."""
        wide = self.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        if wide[0] > wide[1]:
            self.faults.append(f"{self.where} is {wide[0]} px wide and scrolls sideways")

    @property
    def where(self) -> str:
        size = self.page.viewport_size or DESKTOP
        return f"{urlsplit(self.page.url).path} at {size['width']} px"

    @contextmanager
    def expecting(self, *statuses: int) -> Iterator[None]:
        """Answers that would be faults elsewhere, and that this test asks for."""
        self.expected |= set(statuses)
        yield
        self.expected -= set(statuses)

    def assert_well(self) -> None:
        faults, self.faults = self.faults, []
        assert not faults, "\n".join(faults)

    def focused(self) -> Locator:
        return self.page.locator(":focus")

    def close(self) -> None:
        self.context.close()

    def _ask_axe(self) -> list[str]:
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(axe())
        options = {"resultTypes": ["violations"]}
        found = self.page.evaluate("options => axe.run(document, options)", options)
        return [
            f"{rule['id']}: {node['target'][0]} ({' '.join(node['failureSummary'].split())})"
            for rule in found["violations"]
            for node in rule["nodes"][:3]
        ]

    def _hear(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and not text.startswith(SAID_OF_ANSWERS):
            self.faults.append(f"the console said: {text}")

    def _check_host(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in SAFE and parts.netloc != self.site.host:
            self.faults.append(f"a request left the site: {request.url}")

    def _check_failure(self, request: Request) -> None:
        if request.failure != ENDED_BY_US:
            self.faults.append(f"{request.method} {request.url} failed: {request.failure}")

    def _check_answer(self, response: Response) -> None:
        checks_a_field = "x-check" in response.request.headers
        if response.status >= 400 and response.status not in self.expected and not checks_a_field:
            self.faults.append(f"{response.request.method} {response.url} answered {response.status}")


@cache
def axe() -> str:
    # Read as an expression, so that nothing of it is sent back here.
    return f"{AXE.read_text()}; void 0"


__all__ = ["DESKTOP", "PHONE", "Visitor", "chromium", "expect"]
