"""PostgreSQL is stopped at once, three times, while points are given and spent: what was acknowledged was booked once."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from app.core.clock import now
from app.core.tenancy import unit_of_work
from app.factory import Guerdon, create_app
from app.ledger.operations import Cause, Owner, credit, spend, verify
from app.ledger.queries import balance, entries_of
from tests.conftest import dispose
from tests.factories.ledger import Till
from tests.support.own_postgres import OwnPostgres, own_postgres
from tests.support.servers import TestServers

pytestmark = pytest.mark.thorough

CALLERS = 8
STOPS = 3


@pytest.fixture
def database(servers: TestServers, tmp_path: Path) -> Iterator[OwnPostgres]:
    with own_postgres(tmp_path, servers) as running:
        yield running


@pytest.fixture
def app(servers: TestServers, database: OwnPostgres) -> Iterator[Guerdon]:
    app = create_app(database.settings(servers))
    yield app
    dispose(app)


def test_what_was_acknowledged_was_booked_once(app: Guerdon, database: OwnPostgres) -> None:
    with app.app_context():
        till = Till()
        people = [till.person() for _ in range(3)]
    acknowledged: list[Cause] = []
    over = threading.Event()

    def book(owner: Owner, cause: Cause) -> None:
        """Five in, two out; asked again for the same causes until it is acknowledged."""
        while True:
            try:
                with app.app_context(), unit_of_work(till.workspace_id):
                    given = {"provenance": "bonus", "kind": "bonus", "expires_at": now().replace(year=2100)}
                    credit(owner, till.unit, 5, cause=cause, **given)
                    spend(owner, till.unit, 2, kind="points_spent", cause=Cause("spend", cause.id))
            except DBAPIError:
                over.wait(0.05)
            else:
                acknowledged.append(cause)
                return

    def call(caller: int) -> None:
        number = 0
        while not over.is_set():
            book(people[number % 3], Cause("fault", f"{caller}-{number}"))
            number += 1

    with ThreadPoolExecutor(CALLERS) as pool:
        callers = [pool.submit(call, caller) for caller in range(CALLERS)]
        try:
            for _ in range(STOPS):
                reached = len(acknowledged)
                while len(acknowledged) < reached + 60:
                    assert not any(caller.done() for caller in callers)
                    threading.Event().wait(0.02)
                database.stop()
                database.start()
        finally:
            over.set()
        for caller in callers:
            caller.result(60)
    with app.app_context(), unit_of_work(till.workspace_id):
        ids = [person.id for person in people]
        entries = entries_of(ids, till.unit, limit=100_000)
        assert sorted(entry.cause.id for entry in entries if entry.cause.kind == "fault") == sorted(
            cause.id for cause in acknowledged
        )
        assert len(entries) == 2 * len(acknowledged)
        assert balance(ids, till.unit).balance == 3 * len(acknowledged)
        assert verify() == []
