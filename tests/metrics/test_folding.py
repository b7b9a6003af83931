"""Facts become rollups: each once, whoever folds, and however often."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event
from uuid import UUID

import pytest
from redis import Redis
from sqlalchemy import func, select

from app.core.db import session
from app.core.jobs import named_queue
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from app.metrics import operations
from app.metrics.jobs import fold_facts, sweep_facts
from app.metrics.models import Fact, Rollup
from app.metrics.operations import FOLD, Tally, count, fold
from app.metrics.queries import EVER, total
from tests.factories.workspaces import a_workspace
from tests.support.budget import counted

NOON = datetime(2026, 11, 20, 12, 34, 56, tzinfo=UTC)


def some(number: int) -> list[Tally]:
    return [
        Tally("events", NOON - timedelta(hours=n % 40), {"app": f"app-{n % 3}", "name": f"name-{n % 7}"}, value=n)
        for n in range(number)
    ]


def rows(table: type[Fact] | type[Rollup]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def test_each_set_of_dimensions_is_summed_by_hour_by_day_and_ever(app: Guerdon) -> None:
    with unit_of_work(a_workspace()):
        count([Tally("events", NOON, {"app": "a", "name": "x"}, n=2, value=5)])
        assert fold() == 1
        assert rows(Fact) == 0
        found = session.execute(select(Rollup.grain, Rollup.shape, Rollup.dimensions, Rollup.n, Rollup.value)).all()
    shapes = {"": {}, "app": {"app": "a"}, "name": {"name": "x"}, "app,name": {"app": "a", "name": "x"}}
    assert sorted(map(str, found)) == sorted(
        str((grain, shape, named, 2, 5)) for grain in ("hour", "day", "ever") for shape, named in shapes.items()
    )


def test_folding_again_changes_nothing(app: Guerdon) -> None:
    with unit_of_work(a_workspace()):
        count(some(100))
        assert fold() == 100
        before = rows(Rollup)
        assert fold() == 0
        assert rows(Rollup) == before
        count(some(100))
        fold()
        assert rows(Rollup) == before
        assert total("events", EVER).n == 200


def test_a_fold_asks_three_times_however_much_there_is(app: Guerdon) -> None:
    with unit_of_work(a_workspace()):
        count(some(1000))
        with counted() as asked:
            fold()
    assert len(asked) == 3


def test_a_fold_takes_a_bounded_number(app: Guerdon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "MOST_AT_ONCE", 30)
    workspace_id = a_workspace()
    with unit_of_work(workspace_id):
        count(some(100))
        assert fold() == 30
        assert total("events", EVER).n == 100
    fold_facts(str(workspace_id))
    with unit_of_work(workspace_id):
        assert rows(Fact) == 0
        assert total("events", EVER).n == 100


def test_a_fold_keeps_to_its_workspace(app: Guerdon) -> None:
    ours, theirs = a_workspace(), a_workspace()
    for workspace_id in (ours, theirs):
        with unit_of_work(workspace_id):
            count(some(10))
    with unit_of_work(ours):
        fold()
    with unit_of_work(theirs):
        assert rows(Fact) == 10
        assert rows(Rollup) == 0
        assert total("events", EVER).n == 10


def test_more_dimensions_than_can_be_summed_are_refused(app: Guerdon) -> None:
    with pytest.raises(ValueError, match="at most 3 dimensions"), unit_of_work(a_workspace()):
        count([Tally("events", NOON, dict.fromkeys("abcd", "x"))])


def waiting_folds(redis: Redis) -> list[tuple[str, ...]]:
    return [tuple(job.args) for job in named_queue("default", redis).jobs if job.func_name == FOLD]


def test_counting_rings_once_in_a_while(app: Guerdon, empty_redis: Redis) -> None:
    ours, theirs = a_workspace(), a_workspace()
    for workspace_id in (ours, ours, theirs):
        with unit_of_work(workspace_id):
            count(some(3))
    assert waiting_folds(empty_redis) == [(str(ours),), (str(theirs),)]


def test_what_was_rolled_back_rings_for_nothing(app: Guerdon, empty_redis: Redis) -> None:
    with pytest.raises(RuntimeError), unit_of_work(a_workspace()):
        count(some(3))
        raise RuntimeError
    assert waiting_folds(empty_redis) == []


def test_the_sweep_finds_what_nobody_rang_for(app: Guerdon, empty_redis: Redis) -> None:
    ours, folded = a_workspace(), a_workspace()
    for workspace_id in (ours, folded):
        with unit_of_work(workspace_id):
            count(some(3))
    fold_facts(str(folded))
    empty_redis.flushdb()
    sweep_facts()
    assert waiting_folds(empty_redis) == [(str(ours),)]


@pytest.fixture
def busy(committing_app: Guerdon) -> Iterator[tuple[Guerdon, UUID]]:
    with committing_app.app_context():
        yield committing_app, a_workspace()


@pytest.mark.thorough
def test_counting_and_folding_at_once_lose_nothing_and_double_nothing(busy: tuple[Guerdon, UUID]) -> None:
    app, workspace_id = busy
    rounds, size = 30, 40
    done = Event()

    def keep_counting(_: int) -> None:
        for _ in range(rounds):
            with app.app_context(), unit_of_work(workspace_id):
                count(some(size))

    def keep_folding(_: int) -> None:
        while not done.is_set():
            with app.app_context(), unit_of_work(workspace_id):
                fold()

    def keep_reading() -> list[int]:
        read = []
        while not done.is_set():
            with app.app_context(), unit_of_work(workspace_id):
                read.append(total("events", EVER).n)
        return read

    with ThreadPoolExecutor(8) as pool:
        counting = [pool.submit(keep_counting, number) for number in range(3)]
        folding = [pool.submit(keep_folding, number) for number in range(3)]
        reading = pool.submit(keep_reading)
        try:
            for work in counting:
                work.result()
        finally:
            done.set()
        for work in folding:
            work.result()
        read = reading.result()
    # A fold that commits between two reads moves sums from one table to the other: nobody sees them twice, or not at all.
    assert read == sorted(read)
    with unit_of_work(workspace_id):
        fold()
        assert total("events", EVER).n == 3 * rounds * size
        assert total("events", EVER).value == 3 * rounds * sum(range(size))
        assert rows(Fact) == 0


@pytest.mark.thorough
def test_a_fold_that_died_leaves_everything(busy: tuple[Guerdon, UUID]) -> None:
    _, workspace_id = busy
    with unit_of_work(workspace_id):
        count(some(50))
    with pytest.raises(RuntimeError), unit_of_work(workspace_id):
        fold()
        raise RuntimeError
    with unit_of_work(workspace_id):
        assert rows(Fact) == 50
        assert rows(Rollup) == 0
        assert total("events", EVER).n == 50
