"""`make shots`: every page of the URL map as a picture, with data and without, on a phone and on a desk, light and dark."""

import shutil
import sys
import tempfile
from pathlib import Path
from uuid import UUID

from playwright.sync_api import Browser, sync_playwright

from app.dev.demo import EMPTY_SLUG, SLUG
from app.workspaces.access import Member
from tests.browser.studio import Studio, furnish
from tests.support.places import MEMBERS, STAFF, STRANGERS, Place, places, values_for
from tests.support.servers import running
from tests.support.site import Site, running_site
from tests.support.visitor import DESKTOP, LIGHT_AND_DARK, PHONE, Visitor, chromium

FOLDER = Path(__file__).parents[2] / ".data" / "shots"
ERRORS = (Place("404", "/nowhere"), Place("403", f"/w/{SLUG}/keys/new"), Place("405", "/sign-out"))


def main() -> int:
    shutil.rmtree(FOLDER, ignore_errors=True)
    with (
        tempfile.TemporaryDirectory(prefix="guerdon-shots-") as folder,
        running(Path(folder) / "servers") as servers,
        running_site(servers, Path(folder)) as site,
        sync_playwright() as playwright,
        site.app.app_context(),
    ):
        browser = chromium(playwright)
        count = sum(take(browser, site, *scene) for scene in scenes(site, furnish()))
        browser.close()
    print(f"{count} pictures in {FOLDER}")
    return 0


def scenes(site: Site, studio: Studio) -> list[tuple[str, UUID | None, list[Place]]]:
    """Who sees what: a name for the pictures, who is signed in, and the pages."""
    full, empty = values_for(studio.owner, SLUG), values_for(studio.owner, EMPTY_SLUG)
    return [
        ("stranger", None, list(places(site.app, *STRANGERS, values=full))),
        ("owner", studio.owner, list(places(site.app, *MEMBERS, values=full))),
        ("empty", studio.owner, list(places(site.app, Member, values=empty, deeper=False))),
        ("staff", studio.staff, list(places(site.app, *STAFF, values=full))),
        ("viewer", studio.viewer, list(ERRORS)),
    ]


def take(browser: Browser, site: Site, name: str, account_id: UUID | None, found: list[Place]) -> int:
    """Photograph these pages; returns how many pictures were made."""
    folder = FOLDER / name
    folder.mkdir(parents=True)
    for screen in (PHONE, DESKTOP):
        visitor = Visitor(browser, site, viewport=screen)
        if account_id:
            visitor.signed_in_as(account_id)
        for place in found:
            visitor.page.set_viewport_size(screen)
            visitor.page.goto(place.path)
            # The whole page on a screen as high as it is: what sticks to an edge would else hang in the middle.
            height = visitor.page.evaluate("document.documentElement.scrollHeight")
            visitor.page.set_viewport_size({**screen, "height": max(height, screen["height"])})
            visitor.page.wait_for_load_state("networkidle")
            for scheme in LIGHT_AND_DARK:
                visitor.page.emulate_media(color_scheme=scheme)
                visitor.page.screenshot(path=folder / f"{place.endpoint}.{screen['width']}.{scheme}.png")
        visitor.close()
    return len(list(folder.iterdir()))


if __name__ == "__main__":
    sys.exit(main())
