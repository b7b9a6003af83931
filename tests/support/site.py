"""A whole installation for a browser: what `make run` starts, on a database of its own, and a hand in its rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from flask import session as cookie
from redis import Redis

from app.accounts.login import TOKEN
from app.accounts.models import Account
from app.accounts.operations.sessions import open_session
from app.core.db import session
from app.core.tenancy import unit_of_work
from app.factory import Guerdon, create_app
from tests.conftest import dispose
from tests.dev.running import Running, free_port, running
from tests.support.environment import servers_of
from tests.support.servers import TestServers

# Redis numbers its databases; the tests beside this one empty theirs.
REDIS_NUMBER = 15


@dataclass(frozen=True)
class Site:
    """Where it answers, and the same application in this process: `with site.app.app_context():` reaches its rows."""

    run: Running
    app: Guerdon

    @property
    def address(self) -> str:
        return self.app.settings.base_url

    @property
    def host(self) -> str:
        return urlsplit(self.address).netloc

    def session_cookie(self, account_id: UUID) -> str:
        """What the browser of somebody who is signed in carries."""
        with self.app.test_request_context(base_url=self.address):
            with unit_of_work():
                account = session.get_one(Account, account_id)
                cookie[TOKEN] = open_session(account, device="Chromium on Linux", address="127.0.0.1", remember=False)
            serializer = self.app.session_interface.get_signing_serializer(self.app)
            return str(serializer.dumps(dict(cookie)))

    def forget_attempts(self) -> None:
        """All tests come from one address, which would soon have tried too often."""
        redis = Redis.from_url(self.app.settings.redis_url)
        for key in redis.scan_iter("limit*"):
            redis.delete(key)
        redis.close()


@contextmanager
def running_site(servers: TestServers, folder: Path) -> Iterator[Site]:
    port = free_port()
    with servers.database() as name:
        settings = replace(
            servers.settings(name),
            redis_url=f"{servers.servers.redis_url}?db={REDIS_NUMBER}",
            base_url=f"http://localhost:{port}",
        )
        app = create_app(settings)
        try:
            with running(folder / "data", port=port, **servers_of(settings)) as run:
                run.wait_until_ready()
                yield Site(run, app)
        finally:
            dispose(app)
