"""One installation and one browser a run; a fresh browser profile a person."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.factories.workspaces import Team, a_team, an_account
from tests.support.servers import TestServers
from tests.support.site import Site, running_site
from tests.support.visitor import Visitor, chromium

MakeVisitor = Callable[..., Visitor]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = chromium(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def whole_site(servers: TestServers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(servers, tmp_path_factory.mktemp("site")) as site:
        with site.app.app_context():
            # Whoever came first runs the installation; the visitors come later.
            an_account("Sam Hale", is_staff=True)
        yield site


@pytest.fixture
def site(whole_site: Site) -> Iterator[Site]:
    """The installation; what it complains of during the test fails the test."""
    whole_site.forget_attempts()
    heard = len(whole_site.run.said)
    with whole_site.app.app_context():
        yield whole_site
    complaints = [line for line in whole_site.run.said[heard:].splitlines() if "[error" in line or "Traceback" in line]
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def a_visitor(browser: Browser, site: Site) -> Iterator[MakeVisitor]:
    """`a_visitor(viewport=PHONE)`: somebody with a browser; the test fails with whatever went wrong in it."""
    visitors: list[Visitor] = []

    def make(**options: Any) -> Visitor:
        visitors.append(Visitor(browser, site, **options))
        return visitors[-1]

    yield make
    for visitor in visitors:
        visitor.close()
    for visitor in visitors:
        visitor.assert_well()


@pytest.fixture
def visitor(a_visitor: MakeVisitor) -> Visitor:
    return a_visitor()


@pytest.fixture
def team(site: Site) -> Team:
    """A workspace with somebody in each role."""
    return a_team()
