"""Real workers as real processes, killed, stopped, and left without Redis or PostgreSQL."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.jobs import RUNS_AFTER_A_DEATH, push
from app.core.queues import failed_jobs, queue_state
from app.dev.processes import bury, has_ended, wait_until
from app.factory import Guerdon, create_app
from tests.conftest import dispose
from tests.support.environment import environment
from tests.support.own_redis import OwnRedis, own_redis
from tests.support.servers import TestServers
from tests.support.work import noted

ROOT = Path(__file__).parents[2]
PATIENCE = 20.0

pytestmark = pytest.mark.slow

Started = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[OwnRedis]:
    with own_redis(tmp_path) as running:
        yield running


@pytest.fixture
def app(servers: TestServers, redis: OwnRedis) -> Iterator[Guerdon]:
    with servers.database() as name:
        app = create_app(replace(servers.settings(name), redis_url=redis.url))
        with app.app_context():
            yield app
        dispose(app)


@pytest.fixture
def started(app: Guerdon, tmp_path: Path) -> Iterator[Started]:
    """Starts `flask` commands that end with the test."""
    processes: list[subprocess.Popen[bytes]] = []

    def start(*command: str) -> subprocess.Popen[bytes]:
        with (tmp_path / "flask.log").open("ab") as log:
            process = subprocess.Popen(
                (sys.executable, "-m", "flask", "--app", "wsgi", *command),
                cwd=ROOT,
                env=environment(app.settings),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        processes.append(process)
        return process

    yield start
    for process in processes:
        bury(process)
    print((tmp_path / "flask.log").read_text())


def eventually(condition: Callable[[], object], patience: float = PATIENCE) -> bool:
    return wait_until(lambda: bool(condition()), patience)


def workers() -> int:
    return sum(state.workers for state in queue_state() or [])


def test_a_worker_works(app: Guerdon, started: Started) -> None:
    started("work", "default")
    push("tests.support.work.note", "done")
    assert eventually(lambda: noted("done") == 1)
    assert workers() == 1


def test_a_stopped_worker_ends_its_job_first(app: Guerdon, started: Started) -> None:
    worker = started("work", "default")
    push("tests.support.work.linger", "long", "1.5")
    push("tests.support.work.note", "later")
    assert eventually(lambda: noted("long begun"))
    worker.send_signal(signal.SIGTERM)
    assert eventually(lambda: has_ended(worker))
    assert worker.wait() == 0
    assert (noted("long ended"), noted("later")) == (1, 0)
    assert workers() == 0


def test_a_worker_told_twice_gives_its_job_back(app: Guerdon, started: Started) -> None:
    worker = started("work", "default")
    push("tests.support.work.linger", "long", "30")
    assert eventually(lambda: noted("long begun"))
    worker.send_signal(signal.SIGTERM)
    assert not eventually(lambda: has_ended(worker), 1.5)
    worker.send_signal(signal.SIGTERM)
    assert eventually(lambda: has_ended(worker), 5)
    assert {state.name: state.waiting for state in queue_state() or [] if state.waiting} == {"default": 1}
    assert failed_jobs() == []


def test_an_idle_worker_stops_at_once(app: Guerdon, started: Started) -> None:
    worker = started("work", "default")
    assert eventually(lambda: workers() == 1)
    worker.send_signal(signal.SIGTERM)
    assert eventually(lambda: has_ended(worker), 5)
    assert worker.wait() == 0


def test_what_a_killed_worker_was_doing_is_done_by_the_next(app: Guerdon, started: Started) -> None:
    worker = started("work", "default")
    push("tests.support.work.linger", "long", "2")
    assert eventually(lambda: noted("long begun"))
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    started("work", "default")
    assert eventually(lambda: noted("long ended") == 1)
    assert noted("long begun") == 2
    assert eventually(lambda: workers() == 1)


def test_a_job_that_kills_every_worker_is_given_up(app: Guerdon, started: Started) -> None:
    push("tests.support.work.kill_the_worker", "bomb")
    for _ in range(1 + RUNS_AFTER_A_DEATH):
        assert started("work", "default").wait(PATIENCE) == -signal.SIGKILL
    survivor = started("work", "default")
    assert eventually(lambda: [job.ids for job in failed_jobs()] == [("bomb",)])
    assert noted("bomb") == 1 + RUNS_AFTER_A_DEATH
    assert not has_ended(survivor)


def test_a_worker_outlives_redis(app: Guerdon, redis: OwnRedis, started: Started) -> None:
    worker = started("work", "default")
    assert eventually(lambda: workers() == 1)
    redis.stop()
    assert not eventually(lambda: has_ended(worker), 2)
    redis.start()
    app.extensions.pop("guerdon_redis").client.close()
    push("tests.support.work.note", "after the flood")
    assert eventually(lambda: noted("after the flood") == 1)
    assert not has_ended(worker)


def test_a_worker_waits_for_redis_to_come(app: Guerdon, redis: OwnRedis, started: Started) -> None:
    redis.stop()
    worker = started("work", "default")
    assert not eventually(lambda: has_ended(worker), 3)
    redis.start()
    app.extensions.pop("guerdon_redis", None)
    assert eventually(lambda: workers() == 1)
    worker.send_signal(signal.SIGTERM)
    assert eventually(lambda: has_ended(worker), 5)


def test_redis_going_away_under_a_job_loses_nothing(app: Guerdon, redis: OwnRedis, started: Started) -> None:
    worker = started("work", "default")
    push("tests.support.work.linger", "long", "1")
    assert eventually(lambda: noted("long begun"))
    redis.stop()
    assert eventually(lambda: noted("long ended") == 1)
    redis.start()
    app.extensions.pop("guerdon_redis").client.close()
    push("tests.support.work.note", "next")
    assert eventually(lambda: noted("next") == 1)
    assert not has_ended(worker)


def test_a_job_that_lost_the_database_is_run_again(app: Guerdon, started: Started) -> None:
    started("work", "default")
    push("tests.support.work.lose_the_database", "cut")
    assert eventually(lambda: noted("cut") == 2)
    assert eventually(lambda: jobs_ended(app, "succeeded") == jobs_ended(app, "repeated") == 1)
    assert eventually(lambda: sum(state.waiting + state.running for state in queue_state() or []) == 0)
    assert failed_jobs() == []


def test_the_clock_asks_and_the_worker_works(app: Guerdon, started: Started) -> None:
    cron = started("cron")
    started("work", "default")
    assert eventually(lambda: noted("purge-rate-counts") == 1)
    assert eventually(lambda: jobs_ended(app, "succeeded") >= 6)
    assert failed_jobs() == []
    cron.send_signal(signal.SIGTERM)
    assert eventually(lambda: has_ended(cron), 5)
    assert cron.wait() == 0


def test_an_unknown_queue_is_refused_in_words(app: Guerdon, started: Started, tmp_path: Path) -> None:
    worker = started("work", "nowhere")
    assert worker.wait(PATIENCE) == 2
    assert "'nowhere' is not one of" in (tmp_path / "flask.log").read_text()


def jobs_ended(app: Guerdon, outcome: str) -> int:
    text = app.test_client().get("/metrics").get_data(as_text=True)
    lines = [line for line in text.splitlines() if line.startswith(f'guerdon_jobs_total{{outcome="{outcome}"')]
    return sum(int(float(line.rpartition(" ")[2])) for line in lines)
