"""What the clock asks for is asked for once, and made up for once."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from app.core import chores, schedule
from app.core.clock import freeze, now
from app.core.db import session
from app.core.ids import new_id
from app.core.queues import queue_state
from app.core.redis import Away
from app.core.schedule import LINES, Line, claim, last_due, tick
from app.core.tables import IdempotencyKey, OutboxMessage, RateCount, ScheduledRun
from app.core.tenancy import SYSTEM_WORKSPACE, unit_of_work
from app.factory import Guerdon
from tests.support.jobs import run_jobs

NOON = datetime(2026, 11, 20, 12, 0, 30, tzinfo=UTC)
HOURLY = Line("hourly", "0 * * * *", "tests.support.work.note")


def waiting() -> int:
    return sum(state.waiting for state in queue_state() or [])


def runs(job: str) -> list[datetime]:
    with unit_of_work():
        return list(session.scalars(select(ScheduledRun.due_at).filter_by(job=job).order_by(ScheduledRun.due_at)))


def test_a_line_is_asked_for_once_for_each_time_it_is_due(app: Guerdon) -> None:
    asked: dict[str, datetime] = {}
    with freeze(NOON):
        assert tick([HOURLY], asked)
        assert tick([HOURLY], asked)
    assert waiting() == 1
    with freeze(NOON + timedelta(hours=1)):
        tick([HOURLY], asked)
    assert waiting() == 2
    assert runs("hourly") == [NOON.replace(second=0), NOON.replace(hour=13, second=0)]


def test_after_a_long_stop_a_job_is_made_up_for_once(app: Guerdon) -> None:
    with freeze(NOON):
        tick([HOURLY], {})
    with freeze(NOON + timedelta(days=3)):
        tick([HOURLY], {})
    assert waiting() == 2


def test_a_loop_that_starts_again_knows_what_was_asked(app: Guerdon) -> None:
    with freeze(NOON):
        tick([HOURLY], {})
        tick([HOURLY], {})
    assert waiting() == 1


def test_two_loops_at_once_ask_once(committing_app: Guerdon) -> None:
    barrier, won = threading.Barrier(8), []

    def loop() -> None:
        with committing_app.app_context():
            barrier.wait()
            won.append(claim(HOURLY, NOON))

    threads = [threading.Thread(target=loop) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 7 + [True]
    with committing_app.app_context():
        assert waiting() == 1


def test_while_redis_is_away_nothing_counts_as_asked(app: Guerdon, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise Away

    asked: dict[str, datetime] = {}
    with freeze(NOON):
        with monkeypatch.context() as patch:
            patch.setattr(schedule, "push", away)
            assert not tick([HOURLY], asked)
        assert (asked, runs("hourly")) == ({}, [])
        assert tick([HOURLY], asked)
    assert waiting() == 1


def test_while_the_database_is_away_the_loop_waits(app: Guerdon, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise OperationalError("", {}, Exception())

    monkeypatch.setattr(schedule, "claim", away)
    assert not tick([HOURLY], {})


def test_a_due_time_is_that_of_utc(app: Guerdon) -> None:
    with freeze(NOON):
        assert last_due(Line("night", "50 2 * * *", "x")) == datetime(2026, 11, 20, 2, 50, tzinfo=UTC)


def test_names_of_lines_are_unique_and_fit_for_ids() -> None:
    names = [line.name for line in LINES]
    assert len(set(names)) == len(names)
    assert all(name.replace("-", "").isalnum() for name in names)


def test_every_line_can_be_run(app: Guerdon) -> None:
    tick(LINES, {})
    assert waiting() == len(LINES)
    run_jobs(app)
    assert sum(state.failed for state in queue_state() or []) == 0


def test_the_months_ahead_have_their_partitions(app: Guerdon) -> None:
    chores.make_month_partitions()
    with unit_of_work():
        for months in range(4):
            found = session.scalar(
                text("SELECT to_regclass('audit_entry' || to_char(now() + make_interval(months => :n), '_YYYY_MM'))"),
                {"n": months},
            )
            assert found is not None


def test_stored_replies_go_after_a_day(app: Guerdon) -> None:
    for hours in (23, 25):
        with unit_of_work(SYSTEM_WORKSPACE):
            at = now() - timedelta(hours=hours)
            session.add(
                IdempotencyKey(key_hash=new_id().bytes, request_hash=b"", status=200, reply="{}", finished_at=at)
            )
    chores.purge_replies()
    with unit_of_work(SYSTEM_WORKSPACE):
        assert session.scalar(select(func.count()).select_from(IdempotencyKey)) == 1


def test_messages_go_a_month_after_they_were_settled(app: Guerdon) -> None:
    for status, days in (("sent", 31), ("failed", 31), ("sent", 29), ("waiting", 31)):
        at = now() - timedelta(days=days)
        with unit_of_work(SYSTEM_WORKSPACE):
            session.add(
                OutboxMessage(
                    channel="email",
                    destination="ines@example.org",
                    payload="{}",
                    status=status,
                    next_attempt_at=at if status == "waiting" else None,
                    sent_at=at if status == "sent" else None,
                    updated_at=at,
                )
            )
    chores.purge_messages()
    with unit_of_work(SYSTEM_WORKSPACE):
        assert sorted(session.scalars(select(OutboxMessage.status))) == ["sent", "waiting"]


def test_counts_go_when_their_window_is_over(app: Guerdon) -> None:
    with unit_of_work():
        for minutes in (-1, 1):
            ends = now() + timedelta(minutes=minutes)
            session.add(RateCount(name="x", key_hash=b"", window_ends_at=ends, hits=1))
    chores.purge_rate_counts()
    with unit_of_work():
        assert session.scalar(select(func.count()).select_from(RateCount)) == 1


def test_old_runs_go_but_the_latest_of_each_job_stays(app: Guerdon) -> None:
    with unit_of_work():
        session.add_all(ScheduledRun(job="rare", due_at=now() - timedelta(days=days)) for days in (60, 30))
        session.add_all(ScheduledRun(job="often", due_at=now() - timedelta(days=days)) for days in (9, 2, 1))
    chores.purge_scheduled_runs()
    assert (len(runs("rare")), len(runs("often"))) == (1, 2)
