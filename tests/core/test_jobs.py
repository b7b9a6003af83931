"""Work is asked for when the transaction is durable, runs once, and is kept when it fails."""

import pytest
from redis import Redis

from app.core import redis as shared_redis
from app.core.errors import Conflict, Missing
from app.core.jobs import QUEUES, enqueue, push
from app.core.queues import discard, failed_jobs, queue_state, retry
from app.core.redis import Away
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from tests.support.jobs import run_jobs
from tests.support.work import noted

NOTE = "tests.support.work.note"
FAIL = "tests.support.work.fail"


def waiting(queue: str = "default") -> int:
    return next(state.waiting for state in queue_state() or [] if state.name == queue)


@pytest.fixture
def redis_away(app: Guerdon, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: object) -> None:
        raise Away

    for module in ("app.core.jobs.ask", "app.core.queues.ask"):
        monkeypatch.setattr(module, away)


def test_a_job_is_asked_for_after_the_commit(app: Guerdon) -> None:
    with unit_of_work():
        enqueue(NOTE, "one")
        assert waiting() == 0
    assert waiting() == 1
    run_jobs(app)
    assert (waiting(), noted("one")) == (0, 1)


def test_a_transaction_that_rolls_back_asks_for_nothing(app: Guerdon) -> None:
    with pytest.raises(Conflict), unit_of_work():
        enqueue(NOTE, "never")
        raise Conflict("no", "No.")
    assert waiting() == 0


def test_jobs_go_to_their_queue(app: Guerdon) -> None:
    with unit_of_work():
        enqueue(NOTE, "outside", queue="outbox")
    assert (waiting("default"), waiting("outbox")) == (0, 1)


def test_an_unknown_queue_is_a_mistake(app: Guerdon) -> None:
    with pytest.raises(ValueError, match="No worker serves"):
        push(NOTE, "lost", queue="elsewhere")


def test_without_redis_the_commit_still_succeeds(app: Guerdon, redis_away: None) -> None:
    with unit_of_work():
        enqueue(NOTE, "unheard")
    assert (queue_state(), failed_jobs()) == (None, [])
    with pytest.raises(Exception, match="The queue does not answer") as refusal:
        retry("some-job")
    assert refusal.value.status == 503  # type: ignore[attr-defined]


def test_what_succeeded_leaves_nothing_behind(app: Guerdon, empty_redis: Redis) -> None:
    push(NOTE, "one")
    run_jobs(app)
    assert empty_redis.keys("rq:job:*") == []


def test_a_failed_job_is_not_repeated_but_kept_and_shown_without_addresses(app: Guerdon) -> None:
    push(FAIL, "reckoning")
    run_jobs(app)
    (failed,) = failed_jobs()
    assert noted("reckoning") == 1
    assert (failed.queue, failed.path, failed.ids) == ("default", FAIL, ("reckoning",))
    assert failed.error == "ValueError: reckoning is wrong, says [mail]"
    assert "example.org" not in failed.trace
    assert [state.failed for state in queue_state() or []] == [1, 0, 0, 0]


def test_a_failed_job_can_be_run_again(app: Guerdon) -> None:
    push(FAIL, "again")
    run_jobs(app)
    retry(failed_jobs()[0].id)
    assert (waiting(), failed_jobs()) == (1, [])
    run_jobs(app)
    assert noted("again") == 2
    assert len(failed_jobs()) == 1


def test_a_failed_job_can_be_discarded(app: Guerdon) -> None:
    push(FAIL, "away")
    run_jobs(app)
    job_id = failed_jobs()[0].id
    discard(job_id)
    assert failed_jobs() == []
    with pytest.raises(Missing):
        discard(job_id)


def test_a_job_that_has_not_failed_can_be_neither_retried_nor_discarded(app: Guerdon) -> None:
    push(NOTE, "fine", job_id="fine")
    for change in (retry, discard):
        with pytest.raises(Missing):
            change("fine")
    assert waiting() == 1


@pytest.mark.parametrize("nonsense", ["", "nobody", "x" * 500, "a b", "ö\n", "rq:job"])
def test_nonsense_for_a_job_is_missing(app: Guerdon, nonsense: str) -> None:
    for change in (retry, discard):
        with pytest.raises(Missing):
            change(nonsense)


def test_the_newest_failure_comes_first(app: Guerdon) -> None:
    for name in ("first", "second"):
        push(FAIL, name, queue="default" if name == "second" else "outbox")
        run_jobs(app)
    assert [job.ids for job in failed_jobs()] == [("second",), ("first",)]


def test_every_queue_is_counted(app: Guerdon) -> None:
    assert tuple(state.name for state in queue_state() or []) == QUEUES


def test_while_redis_is_known_to_be_away_nobody_waits_for_it(app: Guerdon, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def refuse(_: Redis) -> None:
        calls.append("asked")
        raise shared_redis.ConnectionError

    shared = shared_redis._shared()
    monkeypatch.setattr(shared, "away_until", 0.0)
    for _ in range(3):
        with pytest.raises(Away):
            shared_redis.ask(refuse)
    assert calls == ["asked"]
    monkeypatch.setattr(shared, "away_until", 0.0)
    assert shared_redis.ask(lambda redis: redis.ping())
