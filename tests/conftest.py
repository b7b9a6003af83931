"""One PostgreSQL and one Redis a run, one database a worker process, one savepoint a test."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from redis import Redis

from app.dev.embedded import servers_of
from app.factory import Guerdon, create_app
from tests.support.pages import PageClient
from tests.support.savepoints import shared_connection
from tests.support.servers import TestServers, running

servers_key = pytest.StashKey[TestServers]()
stack_key = pytest.StashKey[ExitStack]()


def pytest_configure(config: pytest.Config) -> None:
    # pytest-xdist: the controller runs the servers, its workers are told where.
    if worker := getattr(config, "workerinput", None):
        number = int(worker["workerid"].removeprefix("gw")) + 1
        config.stash[servers_key] = TestServers(servers_of(Path(worker["servers"]))).for_worker(number)


def pytest_configure_node(node: object) -> None:
    node.workerinput["servers"] = str(start_servers(node.config).servers.folder)  # type: ignore[attr-defined]


def pytest_unconfigure(config: pytest.Config) -> None:
    if stack := config.stash.get(stack_key, None):
        stack.close()


def start_servers(config: pytest.Config) -> TestServers:
    if servers_key not in config.stash:
        stack = config.stash[stack_key] = ExitStack()
        folder = Path(tempfile.mkdtemp(prefix="guerdon-tests-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        config.stash[servers_key] = stack.enter_context(running(folder))
    return config.stash[servers_key]


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> TestServers:
    return start_servers(request.config)


@pytest.fixture(scope="session")
def session_app(servers: TestServers) -> Iterator[Guerdon]:
    with servers.database() as name:
        app = create_app(servers.settings(name))
        app.test_client_class = PageClient
        yield app
        dispose(app)


@pytest.fixture
def empty_redis(servers: TestServers) -> Redis:
    redis = Redis.from_url(servers.settings().redis_url)
    redis.flushdb()
    return redis


@pytest.fixture
def app(session_app: Guerdon, servers: TestServers, empty_redis: Redis) -> Iterator[Guerdon]:
    """The application on a database that forgets everything after the test; `unit_of_work` and requests see each other."""
    with session_app.app_context(), shared_connection(session_app, servers):
        yield session_app
    empty_redis.close()


@pytest.fixture
def client(app: Guerdon) -> PageClient:
    return app.test_client()


@pytest.fixture
def committing_app(servers: TestServers, empty_redis: Redis) -> Iterator[Guerdon]:
    """The application on a database of its own, for races between real threads: commits are commits."""
    with servers.database() as name:
        app = create_app(servers.settings(name))
        app.test_client_class = PageClient
        yield app
        dispose(app)
    empty_redis.close()


def dispose(app: Guerdon) -> None:
    from app.core.db import db

    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()
