"""Redis goes away and comes back: pages work, staff are told, and the work that waited is done."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.schedule import LINES, tick
from app.core.tenancy import unit_of_work
from app.factory import Guerdon, create_app
from app.workspaces.queries.apps import all_apps
from tests.conftest import dispose
from tests.factories.accounts import a_person
from tests.factories.workspaces import a_workspace, an_account
from tests.support.jobs import run_jobs
from tests.support.mail_server import Mailbox, mail_server
from tests.support.own_redis import OwnRedis, own_redis
from tests.support.pages import Page, PageClient
from tests.support.servers import TestServers

pytestmark = pytest.mark.thorough

AWAY = "Redis does not answer"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[OwnRedis]:
    with own_redis(tmp_path) as running:
        yield running


@pytest.fixture
def app(servers: TestServers, redis: OwnRedis, mailbox: Mailbox) -> Iterator[Guerdon]:
    with servers.database() as name:
        app = create_app(replace(servers.settings(name), redis_url=redis.url, smtp_url=mailbox.url))
        app.test_client_class = PageClient
        with app.app_context():
            yield app
        dispose(app)


def test_redis_goes_and_comes_back(app: Guerdon, redis: OwnRedis, mailbox: Mailbox) -> None:
    person = a_person()
    workspace_id = a_workspace("tidepool", owner=person.id)
    client: PageClient = app.test_client()
    staff: PageClient = app.test_client().sign_in(an_account("Sam", is_staff=True))
    assert AWAY not in staff.page("/staff").text

    redis.stop()
    assert client.submit("/sign-in", person.sign_in).status_code == 303
    assert "Good" in client.page("/w/tidepool/").text
    made = client.submit("/w/tidepool/apps/new", {"name": "Moonrise", "platform": "steam", "identifier": "480"})
    assert made.status_code == 303
    assert "Moonrise" in client.page(made.location).text
    assert (
        client.submit("/w/tidepool/invitations/new", {"email": "otto@example.org", "role": "member"}).status_code == 303
    )
    assert AWAY not in client.page("/w/tidepool/").text
    for path in ("/staff", "/staff/queues", "/staff/accounts"):
        assert AWAY in staff.page(path).text
    assert client.get("/healthz").status_code == 200
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json["checks"]["database"]) == (503, "ok")
    assert tick(LINES, {}) is False
    assert mailbox.letters == []

    redis.start()
    app.extensions["guerdon_redis"].away_until = 0.0
    assert client.get("/readyz").status_code == 200
    assert AWAY not in staff.page("/staff").text
    # Nobody rang for the letter; the clock does, as it would within the minute.
    assert tick(LINES, {}) is True
    run_jobs(app)
    assert [letter["To"] for letter in mailbox.letters] == ["otto@example.org"]
    with unit_of_work(workspace_id):
        assert [found.name for found in all_apps()] == ["Moonrise"]


def test_rates_hold_while_redis_is_away(app: Guerdon, redis: OwnRedis) -> None:
    person = a_person()
    redis.stop()
    client: PageClient = app.test_client()
    wrong = {**person.sign_in, "password": "guessed"}
    answers = [client.submit("/sign-in", wrong) for _ in range(12)]
    assert [answer.status_code for answer in answers] == [422] * 10 + [429] * 2
    assert "too many attempts" in Page(answers[-1]).text
