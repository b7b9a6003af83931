"""A rate holds, whoever counts."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import delete, func, select

from app.core import limits
from app.core.clock import freeze
from app.core.db import session
from app.core.limits import hit
from app.core.redis import Away
from app.core.tables import RateCount
from app.core.tenancy import unit_of_work
from app.dev.processes import wait_until
from app.factory import Guerdon, create_app
from tests.conftest import dispose
from tests.support.own_redis import OwnRedis, own_redis
from tests.support.servers import TestServers

pytestmark = pytest.mark.thorough

WHO = "203.0.113.9"


@pytest.fixture
def without_redis(app: Guerdon, monkeypatch: pytest.MonkeyPatch) -> Iterator[Guerdon]:
    def away(_: object) -> None:
        raise Away

    monkeypatch.setattr(limits, "ask", away)
    yield app
    # These counts are committed beside the test's own transaction.
    with limits._counting_engine().connect() as connection:
        connection.execute(delete(RateCount))


def test_the_rate_is_used_up_and_says_how_long(app: Guerdon) -> None:
    assert [hit("sign-in", WHO, "3/minute") for _ in range(3)] == [None] * 3
    assert hit("sign-in", WHO, "3/minute") in range(58, 61)


def test_each_name_and_each_key_counts_alone(app: Guerdon) -> None:
    assert hit("sign-in", WHO, "1/hour") is None
    assert hit("sign-in", "somebody else", "1/hour") is None
    assert hit("sign-up", WHO, "1/hour") is None
    assert hit("sign-in", WHO, "1/hour") is not None


def test_of_several_rates_the_longest_wait_counts(app: Guerdon) -> None:
    rates = ("2/second", "2/hour")
    assert [hit("claim", WHO, *rates) for _ in range(2)] == [None] * 2
    assert (hit("claim", WHO, *rates) or 0) > 3500


def test_the_window_moves(app: Guerdon) -> None:
    assert hit("quick", WHO, "1/second") is None
    assert hit("quick", WHO, "1/second") == 1
    assert wait_until(lambda: hit("quick", WHO, "1/second") is None, 5)


def test_nobody_can_be_read_out_of_redis(app: Guerdon, empty_redis: Redis) -> None:
    hit("sign-in", "ines@example.org", "5/hour")
    keys = [key.decode() for key in empty_redis.keys("limit*")]
    assert len(keys) == 1
    assert "ines" not in keys[0]


def test_without_redis_the_database_counts(without_redis: Guerdon) -> None:
    with freeze(datetime(2026, 11, 20, 12, 0, 15, tzinfo=UTC)):
        assert [hit("sign-in", WHO, "3/minute") for _ in range(3)] == [None] * 3
        assert hit("sign-in", WHO, "3/minute") == 45
        assert hit("sign-in", "somebody else", "3/minute") is None
    with freeze(datetime(2026, 11, 20, 12, 1, tzinfo=UTC)):
        assert hit("sign-in", WHO, "3/minute") is None


def test_without_redis_two_rates_count_apart(without_redis: Guerdon) -> None:
    with freeze(datetime(2026, 11, 20, 12, 0, tzinfo=UTC)):
        assert hit("claim", WHO, "1/minute", "5/hour") is None
        assert hit("claim", WHO, "1/minute", "5/hour") == 60


def test_a_refused_try_is_remembered_though_its_request_rolls_back(without_redis: Guerdon) -> None:
    class Refused(Exception):
        pass

    for _ in range(3):
        with pytest.raises(Refused), unit_of_work():
            session.scalar(select(func.count()).select_from(RateCount))
            hit("sign-in", WHO, "3/hour")
            raise Refused
    assert hit("sign-in", WHO, "3/hour") is not None


def test_without_redis_many_at_once_are_counted_exactly(without_redis: Guerdon) -> None:
    barrier, answers = threading.Barrier(20), []

    def try_once() -> None:
        with without_redis.app_context():
            barrier.wait()
            answers.append(hit("rush", WHO, "5/hour"))

    with freeze(datetime(2026, 11, 20, 12, 30, tzinfo=UTC)):
        threads = [threading.Thread(target=try_once) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sum(answer is None for answer in answers) == 5


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[OwnRedis]:
    with own_redis(tmp_path) as running:
        yield running


def test_redis_stops_and_comes_back(servers: TestServers, redis: OwnRedis) -> None:
    with servers.database() as name:
        app = create_app(replace(servers.settings(name), redis_url=redis.url))
        with app.app_context():
            assert hit("sign-in", WHO, "2/hour") is None
            redis.stop()
            began = time.monotonic()
            assert [hit("sign-in", WHO, "2/hour") is None for _ in range(20)] == [True] * 2 + [False] * 18
            assert time.monotonic() - began < 2
            redis.start()
            app.extensions["guerdon_redis"].away_until = 0.0
            assert hit("sign-in", WHO, "2/hour") is None
        dispose(app)


def test_a_redis_that_hangs_costs_one_wait(servers: TestServers, redis: OwnRedis) -> None:

    with servers.database() as name:
        app = create_app(replace(servers.settings(name), redis_url=redis.url))
        with app.app_context():
            assert hit("sign-in", WHO, "50/hour") is None
            assert redis.process is not None
            os.kill(redis.process.pid, signal.SIGSTOP)
            began = time.monotonic()
            assert [hit("sign-in", WHO, "50/hour") for _ in range(10)] == [None] * 10
            took = time.monotonic() - began
            os.kill(redis.process.pid, signal.SIGCONT)
            assert took < 2.5
        dispose(app)
