"""PostgreSQL and Redis for one test run, and databases cloned from a migrated template."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import psycopg
from flask_migrate import upgrade
from psycopg import sql
from sqlalchemy import make_url

from app.config import Settings
from app.core.roles import prepare_database
from app.dev.embedded import Servers, embedded_servers
from app.factory import create_app

TEMPLATE = "guerdon"


@dataclass(frozen=True)
class TestServers:
    """What a worker process is told: a folder of sockets is all it takes."""

    __test__ = False

    servers: Servers
    redis_number: int = 0

    @property
    def admin_dsn(self) -> str:
        return _dsn(self.servers.admin_url)

    def dsn(self, database: str = TEMPLATE) -> str:
        """An administrator's way into a database, past every rule."""
        return _dsn(self.servers.url("postgres", database))

    def settings(self, database: str = TEMPLATE) -> Settings:
        return Settings(
            database_url=self.servers.url("guerdon_app", database),
            database_owner_url=self.servers.url("guerdon_owner", database),
            database_staff_url=self.servers.url("guerdon_staff", database),
            redis_url=f"{self.servers.redis_url}?db={self.redis_number}",
            secret_key="not a secret: these are only tests of Guerdon",
            encryption_keys={1: base64.b64decode("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")},
            base_url="http://localhost",
            log_level="warning",
            embedded=True,
        )

    @contextmanager
    def database(self) -> Iterator[str]:
        """A fresh copy of the migrated template, gone after use."""
        name = sql.Identifier(f"test_{uuid4().hex[:12]}")
        with psycopg.connect(self.admin_dsn, autocommit=True) as admin:
            admin.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER guerdon_owner STRATEGY wal_log").format(
                    name, sql.Identifier(TEMPLATE)
                )
            )
            try:
                yield name.as_string().strip('"')
            finally:
                admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))

    def for_worker(self, number: int) -> "TestServers":
        return replace(self, redis_number=number)


@contextmanager
def running(folder: Path) -> Iterator[TestServers]:
    """Start the servers and migrate the template database once a run."""
    with embedded_servers(folder, durable=False) as servers:
        test_servers = TestServers(servers)
        settings = test_servers.settings()
        prepare_database(servers.admin_url, settings)
        with create_app(settings).app_context():
            upgrade()
        yield test_servers


def offline_settings() -> Settings:
    """Settings for an application that is asked about itself and never about data."""
    return TestServers(Servers(Path("/nonexistent"), Path("/nonexistent"))).settings()


def _dsn(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
