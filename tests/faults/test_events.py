"""Events that were acknowledged are stored and take effect once, whatever is killed meanwhile; the ledger adds up."""

import os
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from redis import Redis

from app.dev.embedded import servers_of
from app.dev.processes import wait_until
from tests.dev.running import ROOT, Running, environment, eventually, running
from tests.faults.test_acknowledged import PATIENCE, Caller, caller_of

PEOPLE = 200
HOLDERS = 20
A_REQUEST = 50
SENDERS = 4
GRANTERS = 2


@dataclass(frozen=True)
class Drill:
    """How much is sent, and what is killed on the way."""

    events: int
    kills: int
    stops: int
    flushes: int


SHORT = Drill(events=2_000, kills=3, stops=1, flushes=1)
LONG = Drill(events=20_000, kills=20, stops=3, flushes=4)


@dataclass
class Progress:
    """What has been acknowledged so far."""

    events: int = 0
    granted: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)
    # Requests that may be sent: a portion for each kill, or everything would be over before the first.
    allowed: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def release(self, requests: int) -> None:
        self.allowed.release(max(1, requests))


@pytest.mark.parametrize(
    "drill", [pytest.param(SHORT, marks=pytest.mark.slow), pytest.param(LONG, marks=pytest.mark.faults)]
)
def test_every_acknowledged_event_takes_effect_once(tmp_path: Path, drill: Drill) -> None:
    progress, over = Progress(), threading.Event()
    with running(tmp_path / "data", API_RATE_PER_MINUTE="1000000") as run, ThreadPoolExecutor(8) as pool:
        run.wait_until_ready()
        caller = caller_of(run)
        requests = list(_requests(drill.events))
        senders = [pool.submit(_send, caller, requests[n::SENDERS], progress) for n in range(SENDERS)]
        granters = [pool.submit(_grant, caller, progress, over) for _ in range(GRANTERS)]
        second = SecondWorker(run)
        try:
            for strike in _strikes(run, second, drill):
                reached = progress.events
                progress.release(len(requests) // drill.kills)
                eventually(lambda reached=reached: progress.events > reached or _all_done(senders), 60)
                strike()
            progress.release(len(requests))
            for sender in senders:
                sender.result(120)
        finally:
            over.set()
            second.end()
        for granter in granters:
            granter.result(60)

        with _database(run) as ask:
            eventually(lambda: ask("SELECT count(*) FROM event_queue") == [(0,)], 60)
            assert ask("SELECT count(*), count(DISTINCT message_id) FROM event") == [(drill.events, drill.events)]
            assert ask("SELECT count(*) FROM event_failure") == [(0,)]
            counted = "SELECT sum(n) FROM rollup WHERE metric = 'events' AND grain = 'day' AND shape = ''"
            waiting = "SELECT sum(n) FROM fact WHERE metric = 'events'"
            assert ask(f"SELECT coalesce(({counted}), 0) + coalesce(({waiting}), 0)") == [(drill.events,)]
            known = ask("SELECT count(*) FROM person WHERE external_id LIKE 'u%' AND merged_into IS NULL")
            assert known == [(PEOPLE,)]
        balances = {user: caller.call(f"/people/{user}/points")["balance"] for user in progress.granted}
        assert balances == dict(progress.granted)
        settings = environment(run.data, run.port)
        verified = subprocess.run(
            (ROOT / "bin" / "flask", "ledger", "verify"), env=settings, capture_output=True, text=True
        )
        assert verified.returncode == 0, verified.stdout


def _requests(events: int) -> Iterator[list[dict[str, Any]]]:
    """Batches as an SDK makes them, each message with its id; every fourth batch is sent twice."""
    for start in range(0, events, A_REQUEST):
        batch = [
            {
                "type": "track",
                "event": "level_completed",
                "userId": f"u{number % PEOPLE}",
                "anonymousId": f"a{number % PEOPLE}",
                "messageId": f"m{number}",
                "timestamp": "2026-11-01T12:00:00Z",
            }
            for number in range(start, start + A_REQUEST)
        ]
        yield batch
        if start // A_REQUEST % 4 == 0:
            yield batch


def _send(caller: Caller, requests: list[list[dict[str, Any]]], progress: Progress) -> None:
    for batch in requests:
        assert progress.allowed.acquire(timeout=PATIENCE)
        answer = caller.call("/batch", {"batch": batch})
        assert answer == {"success": True}, answer
        with progress.lock:
            progress.events += len(batch)


def _grant(caller: Caller, progress: Progress, over: threading.Event) -> None:
    """Give points for as long as the drill lasts; a grant is asked for with one key until it is answered."""
    number = 0
    while not over.is_set():
        user = f"holder{number % HOLDERS}"
        caller.call(f"/people/{user}/points/bonuses", {"amount": 5, "reason": "drill"})
        with progress.lock:
            progress.granted[user] += 5
        number += 1


class SecondWorker:
    """Another worker of the same queue; the supervisor gives a program up that dies too often, so it may not be its."""

    def __init__(self, run: Running) -> None:
        self.run = run
        self.start()

    def start(self) -> None:
        settings = environment(self.run.data, self.run.port)
        self.log = self.run.log.with_suffix(".second.log")
        with self.log.open("ab") as log:
            self.read = log.tell()
            command = (ROOT / "bin" / "flask", "work", "events")
            self.process = subprocess.Popen(command, env=settings, stdout=log, stderr=log, start_new_session=True)

    def end(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def replace(self) -> None:
        """Kill it in the middle of its work, if any comes to it."""
        wait_until(self.has_worked, 5)
        self.end()
        self.start()

    def has_worked(self) -> bool:
        return b"work_off" in self.log.read_bytes()[self.read :]


def _strikes(run: Running, second: SecondWorker, drill: Drill) -> Iterator[Callable[[], None]]:
    """Kills of both workers, with Redis emptied and PostgreSQL stopped at even distances in between."""
    for number in range(1, drill.kills + 1):
        yield second.replace if number % 4 else lambda: run.kill("work events")
        if number % max(1, drill.kills // drill.flushes) == 0:
            yield lambda: _empty_redis(run)
        if number % max(1, drill.kills // drill.stops) == 0:
            yield lambda: _stop_database(run)


def _empty_redis(run: Running) -> None:
    redis = Redis.from_url(servers_of(run.data).redis_url)
    redis.flushall()
    redis.close()


def _stop_database(run: Running) -> None:
    pid = run.pid_of("bin/postgres -D")
    os.kill(pid, signal.SIGQUIT)
    eventually(lambda: pid not in run.pids("bin/postgres -D"))
    eventually(run.answers, 60)


def _all_done(senders: list[Any]) -> bool:
    return all(sender.done() for sender in senders)


@contextmanager
def _database(run: Running) -> Iterator[Callable[[str], list[tuple[Any, ...]]]]:
    url = servers_of(run.data).url("guerdon_staff").replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        yield lambda query: connection.execute(query).fetchall()
