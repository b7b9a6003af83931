"""A connection that broke while it lay idle is replaced unseen, for both roles."""

import psycopg
import pytest
from sqlalchemy import text

from app.core import connections
from app.core.db import session
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from tests.support.servers import TestServers


@pytest.mark.parametrize("role", ["app", "staff"])
def test_a_broken_idle_connection_is_replaced(
    committing_app: Guerdon, servers: TestServers, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with committing_app.app_context(), unit_of_work(role=role):
        backend = session.scalar(text("SELECT pg_backend_pid()"))
    with psycopg.connect(servers.dsn(), autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
    # As if it had lain there for a while.
    monkeypatch.setattr(connections, "TRUSTED_FOR", 0.0)
    with committing_app.app_context(), unit_of_work(role=role):
        assert session.scalar(text("SELECT pg_backend_pid()")) != backend
