"""PostgreSQL stops at once and starts again: everybody is told the truth, and all goes on by itself."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.tenancy import unit_of_work
from app.factory import Guerdon, create_app
from app.workspaces.operations.keys import make_secret_key
from tests.conftest import dispose
from tests.factories.workspaces import a_workspace, an_account, an_app
from tests.support.own_postgres import OwnPostgres, own_postgres
from tests.support.pages import Page, PageClient
from tests.support.servers import TestServers

pytestmark = pytest.mark.thorough


@pytest.fixture
def database(servers: TestServers, tmp_path: Path) -> Iterator[OwnPostgres]:
    with own_postgres(tmp_path, servers) as running:
        yield running


@pytest.fixture
def app(servers: TestServers, database: OwnPostgres) -> Iterator[Guerdon]:
    app = create_app(database.settings(servers))
    app.test_client_class = PageClient
    with app.app_context():
        yield app
    dispose(app)


def test_the_database_goes_and_comes_back(app: Guerdon, database: OwnPostgres) -> None:
    owner = an_account("Ines", is_staff=True)
    workspace_id = a_workspace("tidepool", owner=owner)
    an_app(workspace_id, "Moonrise")
    with unit_of_work(workspace_id):
        key = make_secret_key("Server", None, ["read"]).text
    bearer = {"Authorization": f"Bearer {key}"}
    client: PageClient = app.test_client().sign_in(owner)
    stranger: PageClient = app.test_client()
    assert client.get("/readyz").status_code == 200

    for how in (signal.SIGQUIT, signal.SIGINT):
        # Every connection of the pool has been in use, and is cut.
        assert "Moonrise" in client.page("/w/tidepool/apps").text
        assert "Accounts" in client.page("/staff").text
        assert client.get("/v1/me", headers=bearer).status_code == 200

        database.stop(how)
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json["checks"]["redis"]) == (503, "ok")
        assert client.get("/healthz").status_code == 200
        for path in ("/w/tidepool/apps", "/workspaces", "/staff", "/account"):
            page = client.page(path, 503)
            assert "The database does not answer." in page.text
            assert page.response.headers["Retry-After"]
        refused = client.submit("/w/tidepool/apps/new", {"name": "Low tide", "platform": "steam", "identifier": "570"})
        assert (refused.status_code, "Nothing was changed" in Page(refused).text) == (503, True)
        part = client.get("/w/tidepool/first-event", headers={"HX-Request-Type": "partial"})
        assert (part.status_code, part.headers["HX-Reswap"]) == (503, "none")
        call = client.get("/v1/me", headers=bearer)
        assert (call.status_code, call.json["error"]["code"]) == (503, "unavailable")
        # Who is not signed in is asked for nothing from the database, and sees the pages that need none.
        assert stranger.get("/").status_code == 200
        assert stranger.submit("/sign-in", {"email": "ines@example.org", "password": "x"}).status_code == 503

        database.start()
        assert client.get("/readyz").status_code == 200
        assert client.page("/w/tidepool/apps").text.count("Moonrise") == 1
        assert "Low tide" not in client.page("/w/tidepool/apps").text
        assert client.get("/v1/me", headers=bearer).status_code == 200
        assert "Accounts" in client.page("/staff").text
