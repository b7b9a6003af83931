"""Workers that wait for each other, or lose the database: what was stored is worked off once in effect."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, text

from app.core.db import session
from app.core.tenancy import unit_of_work
from app.events import subscribing
from app.events.jobs import work_off
from app.events.models import SHARDS, EventEffect, EventQueue
from app.events.subscribing import Batch
from app.factory import Guerdon
from tests.events.test_working import Place
from tests.support.jobs import run_jobs

pytestmark = pytest.mark.thorough


def note_each(batch: Batch) -> None:
    for event in batch.events:
        batch.note(event, "seen")


def waiting(place: Place) -> int:
    with unit_of_work(place.workspace_id):
        return session.scalar(select(func.count()).select_from(EventQueue)) or 0


def test_two_workers_at_one_shard_take_turns(committing_app: Guerdon) -> None:
    with committing_app.app_context():
        place = Place()
        place.send(*(place.event(user_id=f"u{number % 9}") for number in range(600)))

        def work(shard: int) -> None:
            with committing_app.app_context():
                work_off(str(place.workspace_id), str(shard))

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(work, list(range(SHARDS)) * 3))
        assert (waiting(place), place.counted(), place.counted("people")) == (0, 600, 9)


def test_a_lost_database_is_no_events_fault(committing_app: Guerdon) -> None:
    cut: list[int] = []

    def cut_once(batch: Batch) -> None:
        note_each(batch)
        if not cut:
            cut.append(len(batch.events))
            session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    subscribing.subscribe("cutter", cut_once)
    try:
        with committing_app.app_context():
            place = Place()
            ids = place.send(*(place.event() for _ in range(50)))
            run_jobs(committing_app, "events")
            assert cut == [50]
            assert set(place.statuses(ids)) == {"processed"}
            assert place.counted() == 50
            with unit_of_work(place.workspace_id):
                seen = select(func.count()).select_from(EventEffect).where(EventEffect.kind == "seen")
                assert session.scalar(seen) == 50
    finally:
        subscribing.unsubscribe("cutter")
