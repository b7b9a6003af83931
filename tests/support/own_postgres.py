"""A PostgreSQL that a test may stop and start as it likes, migrated and empty."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from flask_migrate import upgrade

from app.config import Settings
from app.core.roles import prepare_database
from app.dev import postgres
from app.dev.embedded import make_private, servers_of
from app.dev.processes import end, has_ended, spawn, wait_until
from app.factory import create_app
from tests.support.servers import TestServers


class OwnPostgres:
    def __init__(self, folder: Path) -> None:
        self.servers = servers_of(folder)
        make_private(self.servers.sockets)
        self.cluster = postgres.make(folder, durable=False)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.servers.folder / "postgres.log").open("ab") as log:
            self.process = spawn(postgres.program(self.cluster, self.servers.sockets, durable=True), log)
        wait_until(lambda: postgres.is_ready(self.cluster) or has_ended(self.process), 60)
        assert not has_ended(self.process), (self.servers.folder / "postgres.log").read_text()

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """At once by default: no connection is asked, and the log is replayed at the next start."""
        if self.process is not None:
            end(self.process, how, patience=20)
        self.process = None

    def settings(self, others: TestServers) -> Settings:
        """Like those of the other tests, but with this database."""
        urls = {"database_url": self.servers.database_url, "database_owner_url": self.servers.owner_url}
        return replace(others.settings(), **urls, database_staff_url=self.servers.staff_url)


@contextmanager
def own_postgres(folder: Path, others: TestServers) -> Iterator[OwnPostgres]:
    running = OwnPostgres(folder)
    running.start()
    try:
        prepare_database(running.servers.admin_url, running.settings(others))
        with create_app(running.settings(others)).app_context():
            upgrade()
        yield running
    finally:
        running.stop()
