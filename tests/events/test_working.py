"""Events are worked off once in effect; what cannot be stands alone and holds up nobody."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from redis import Redis
from sqlalchemy import func, select, text

from app.core.clock import freeze, now
from app.core.db import session
from app.core.errors import Conflict
from app.core.schedule import LINES
from app.core.tables import AuditEntry
from app.core.tenancy import unit_of_work
from app.events import subscribing
from app.events.jobs import sweep, work_off
from app.events.models import SHARDS, EventFailure, EventQueue
from app.events.operations.failures import retry_failure, retry_failures
from app.events.operations.intake import Accepted, shard_of, store
from app.events.queries.standing import effects_of, failures_of, status_of
from app.events.subscribing import Batch
from app.factory import Guerdon
from app.metrics.models import Fact
from app.people.queries.people import person_of_user
from tests.factories.workspaces import a_workspace, an_app
from tests.support.jobs import run_jobs

Subscribed = Callable[[str, Callable[[Batch], None]], None]


@pytest.fixture
def subscribed() -> Iterator[Subscribed]:
    """Subscribes for the time of a test."""
    names: list[str] = []

    def subscribe(name: str, handle: Callable[[Batch], None]) -> None:
        subscribing.subscribe(name, handle)
        names.append(name)

    yield subscribe
    for name in names:
        subscribing.unsubscribe(name)


class Place:
    """A workspace with an app that sends events."""

    def __init__(self) -> None:
        self.workspace_id = a_workspace()
        self.app_id = an_app(self.workspace_id)
        self._sent = 0

    def event(self, name: str = "login", **fields: Any) -> Accepted:
        self._sent += 1
        usual: dict[str, Any] = {
            "kind": "track",
            "name": name,
            "user_id": "u1",
            "anonymous_id": None,
            "message_id": f"m{self._sent}",
            "session_id": None,
            "occurred_at": now() - timedelta(minutes=5),
            "context": {},
            "properties": {},
            "country": None,
            "ip_hash": None,
        }
        return Accepted(**usual | fields)

    def send(self, *events: Accepted, trust: str = "server") -> list[UUID]:
        with unit_of_work(self.workspace_id):
            return store(self.app_id, trust, events).ids

    def work_off(self) -> None:
        for shard in range(SHARDS):
            work_off(str(self.workspace_id), str(shard))

    def statuses(self, ids: list[UUID]) -> list[str]:
        with unit_of_work(self.workspace_id):
            found = status_of(ids)
            return [found[one] for one in ids]

    def counted(self, metric: str = "events") -> int:
        with unit_of_work(self.workspace_id):
            return int(session.scalar(select(func.sum(Fact.n)).where(Fact.metric == metric)) or 0)


@pytest.fixture
def place(app: Guerdon) -> Place:
    return Place()


def seen_by(subscribed: Subscribed, name: str = "watcher") -> list[str]:
    """The message ids that a subscriber is handed."""
    seen: list[str] = []
    subscribed(name, lambda batch: seen.extend(event.message_id for event in batch.events))
    return seen


def refuse(*names: str) -> Callable[[Batch], None]:
    def handle(batch: Batch) -> None:
        if batch.named(*names):
            raise ValueError("ines@example.org is wrong")

    return handle


def test_an_event_is_worked_off_once(place: Place, subscribed: Subscribed) -> None:
    seen = seen_by(subscribed)
    ids = place.send(place.event(), place.event("purchase"))
    assert place.statuses(ids) == ["waiting", "waiting"]
    place.work_off()
    place.work_off()
    assert place.statuses(ids) == ["processed", "processed"]
    assert sorted(seen) == ["m1", "m2"]
    assert (place.counted(), place.counted("people")) == (2, 1)


def test_who_rings_is_heard(app: Guerdon, place: Place) -> None:
    ids = place.send(*(place.event(user_id=f"u{number}") for number in range(40)))
    run_jobs(app, "events")
    assert set(place.statuses(ids)) == {"processed"}
    late = place.send(place.event())
    run_jobs(app, "events")
    assert place.statuses(late) == ["processed"]


def test_nobody_rings_twice_for_one_shard(app: Guerdon, place: Place, empty_redis: Redis) -> None:
    for _ in range(5):
        place.send(place.event())
    assert empty_redis.llen("rq:queue:events") == 1


def test_what_nobody_rang_for_is_found_by_the_sweep(app: Guerdon, place: Place, empty_redis: Redis) -> None:
    ids = place.send(place.event(user_id="u1"), place.event(user_id="u2"))
    # Killed between the commit and the ring, or the ring was in a Redis that burnt down; its key may have stayed.
    empty_redis.delete("rq:queue:events")
    with freeze(now() + timedelta(minutes=1)):
        sweep()
    run_jobs(app, "events")
    assert place.statuses(ids) == ["processed", "processed"]


def test_the_sweep_is_asked_for_four_times_a_minute() -> None:
    assert [line.when for line in LINES if line.path == "app.events.jobs.sweep"] == ["* * * * * */15"]


def test_the_sweep_finds_every_shard_of_every_workspace(app: Guerdon, empty_redis: Redis) -> None:
    places = [Place(), Place()]
    sent = [one.send(*(one.event(user_id=f"u{number}") for number in range(60))) for one in places]
    empty_redis.flushdb()
    with freeze(now() + timedelta(minutes=1)):
        sweep()
    assert empty_redis.llen("rq:queue:events") == 2 * SHARDS
    run_jobs(app, "events")
    for one, ids in zip(places, sent, strict=True):
        assert set(one.statuses(ids)) == {"processed"}


def test_a_guilty_event_stands_alone(place: Place, subscribed: Subscribed) -> None:
    seen = seen_by(subscribed)
    subscribed("picky", refuse("bad"))
    good = place.send(*(place.event() for _ in range(20)))
    [bad] = place.send(place.event("bad"))
    more = place.send(*(place.event() for _ in range(20)))
    place.work_off()
    assert set(place.statuses(good + more)) == {"processed"}
    assert place.statuses([bad]) == ["failed"]
    # What it counted, and what others did with it, was undone with it.
    assert place.counted() == 40
    with unit_of_work(place.workspace_id):
        failure = failures_of([bad])[bad]
        assert failure.subscriber == "picky"
        assert failure.error.startswith("ValueError")
        assert "ines" not in failure.error
    assert len(seen) > 40


def test_a_failure_is_settled_by_a_retry(app: Guerdon, place: Place, subscribed: Subscribed) -> None:
    patience = {"bad"}
    subscribed("picky", lambda batch: refuse(*patience)(batch))
    [bad] = place.send(place.event("bad"))
    place.work_off()
    with unit_of_work(place.workspace_id):
        failure_id = failures_of([bad])[bad].id
        retry_failure(failure_id)
        with pytest.raises(Conflict, match="waits"):
            retry_failure(failure_id)
    assert place.statuses([bad]) == ["waiting"]
    run_jobs(app, "events")
    # Still wrong: the same failure, not a second one.
    assert place.statuses([bad]) == ["failed"]
    patience.clear()
    with unit_of_work(place.workspace_id):
        assert session.scalars(select(EventFailure.id)).all() == [failure_id]
        retry_failure(failure_id)
    run_jobs(app, "events")
    assert place.statuses([bad]) == ["processed"]
    assert place.counted() == 1
    with unit_of_work(place.workspace_id):
        failure = session.scalars(select(EventFailure)).one()
        assert failure.settled_at
        assert failure.retried_at
        with pytest.raises(Conflict, match="worked off"):
            retry_failure(failure_id)
        assert session.scalars(select(AuditEntry.action)).all() == ["event.retried"] * 2


def test_all_failures_that_fit_are_retried(app: Guerdon, place: Place, subscribed: Subscribed) -> None:
    names = ["bad", "worse"]
    subscribed("picky", lambda batch: refuse(*names)(batch))
    bad = place.send(*(place.event("bad", user_id=f"u{number}") for number in range(30)))
    worse = place.send(place.event("worse"))
    place.work_off()
    assert set(place.statuses(bad + worse)) == {"failed"}
    names.clear()
    with unit_of_work(place.workspace_id):
        assert retry_failures(subscriber="nobody") == 0
        assert retry_failures(name="bad") == 30
        assert retry_failures(name="bad") == 0
    run_jobs(app, "events")
    assert set(place.statuses(bad)) == {"processed"}
    assert place.statuses(worse) == ["failed"]
    with unit_of_work(place.workspace_id):
        assert retry_failures() == 1
        [entry] = session.scalars(select(AuditEntry).where(AuditEntry.details["name"].astext == "bad"))
        assert (entry.action, entry.details["count"]) == ("events.retried", 30)


def test_an_event_the_people_cannot_take_stands_alone(place: Place) -> None:
    good = place.send(place.event())
    [bad] = place.send(place.event(user_id="u" * 300))
    place.work_off()
    assert place.statuses([*good, bad]) == ["processed", "failed"]
    with unit_of_work(place.workspace_id):
        failure = failures_of([bad])[bad]
        assert (failure.subscriber, "person_external_id_length" in failure.error) == ("people", True)


def test_a_collision_is_no_failure(place: Place, subscribed: Subscribed) -> None:
    times: list[int] = []

    def collide(batch: Batch) -> None:
        times.append(len(batch.events))
        if len(times) < 3:
            session.execute(text("DO $$ BEGIN RAISE deadlock_detected; END $$"))

    subscribed("unlucky", collide)
    ids = place.send(place.event(), place.event())
    place.work_off()
    assert place.statuses(ids) == ["processed", "processed"]
    assert times == [2, 2, 2]


def test_who_collides_for_ever_is_left_to_the_sweep(place: Place, subscribed: Subscribed) -> None:
    subscribed("unlucky", lambda batch: session.execute(text("DO $$ BEGIN RAISE serialization_failure; END $$")))
    ids = place.send(place.event())
    place.work_off()
    assert place.statuses(ids) == ["waiting"]


def test_who_waits_too_long_for_others_tries_later(
    place: Place, subscribed: Subscribed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.events.jobs.TURN_SECONDS", -1.0)
    times: list[int] = []

    def wait(batch: Batch) -> None:
        times.append(len(batch.events))
        session.execute(text("DO $$ BEGIN RAISE lock_not_available; END $$"))

    subscribed("patient", wait)
    ids = place.send(place.event())
    work_off(str(place.workspace_id), str(shard_of("u1", None)))
    assert (place.statuses(ids), times) == (["waiting"], [1])


def test_what_takes_too_long_is_cut_into_pieces(place: Place, subscribed: Subscribed) -> None:
    def dawdle(batch: Batch) -> None:
        if len(batch.events) > 3:
            session.execute(text("DO $$ BEGIN RAISE query_canceled; END $$"))

    subscribed("slow", dawdle)
    ids = place.send(*(place.event() for _ in range(20)))
    place.work_off()
    assert set(place.statuses(ids)) == {"processed"}


def test_the_weather_blames_no_event(place: Place, subscribed: Subscribed) -> None:
    subscribed("cramped", lambda batch: session.execute(text("DO $$ BEGIN RAISE disk_full; END $$")))
    ids = place.send(place.event())
    with pytest.raises(Exception, match="disk_full"):
        place.work_off()
    assert place.statuses(ids) == ["waiting"]


def test_what_an_event_caused_is_kept(place: Place, subscribed: Subscribed) -> None:
    def note(batch: Batch) -> None:
        for event in batch.events:
            batch.note(event, "looked", at=event.name)
            batch.note(event, "looked", twice=True)

    subscribed("watcher", note)
    [event_id] = place.send(place.event())
    place.work_off()
    with unit_of_work(place.workspace_id):
        created, looked = effects_of([event_id])[event_id]
        person_id = str(person_of_user(place.app_id, "u1").id)
    assert (created.subscriber, created.kind, created.details) == ("people", "created", {"person": person_id})
    assert (looked.subscriber, looked.kind, looked.details) == ("watcher", "looked", {"at": "login", "twice": True})


def test_events_of_somebody_erased_are_worked_off_with_a_note(place: Place, subscribed: Subscribed) -> None:
    seen = seen_by(subscribed)
    [event_id] = place.send(place.event(user_id=None))
    place.work_off()
    assert (place.statuses([event_id]), seen) == (["processed"], [])
    with unit_of_work(place.workspace_id):
        [effect] = effects_of([event_id])[event_id]
    assert (effect.subscriber, effect.kind) == ("people", "erased")


def test_an_event_whose_month_is_gone_waits_for_nothing(place: Place) -> None:
    [event_id] = place.send(place.event())
    with unit_of_work(place.workspace_id):
        shard = session.scalars(select(EventQueue.shard)).one()
        session.add(EventQueue(shard=shard, id=UUID(int=event_id.int - 1)))
    place.work_off()
    with unit_of_work(place.workspace_id):
        assert session.scalar(select(func.count()).select_from(EventQueue)) == 0


def test_numbers_and_texts_of_strangers_hold_up_nobody(place: Place) -> None:
    strange = {"huge": 10**300, "text": "\u202e☃\U0001f680", "nested": [[[{"a": None}]]], "float": 1e308, "": ""}
    ids = place.send(
        place.event(properties=strange),
        place.event("identify", kind="identify", properties=strange),
        place.event("alias", kind="alias", properties={"previousId": ["not", "a", "text"]}),
        place.event("alias", kind="alias", properties={}),
        place.event(context={"os": "iOS", "device": {"type": 7}, "page": "none"}),
    )
    place.work_off()
    assert set(place.statuses(ids)) == {"processed"}
    with unit_of_work(place.workspace_id):
        assert person_of_user(place.app_id, "u1").traits["text"] == strange["text"]


def test_a_worker_gives_way_after_its_turn(
    app: Guerdon, place: Place, monkeypatch: pytest.MonkeyPatch, empty_redis: Redis
) -> None:
    monkeypatch.setattr("app.events.operations.working.MOST_AT_ONCE", 2)
    monkeypatch.setattr("app.events.jobs.MOST_AT_ONCE", 2)
    monkeypatch.setattr("app.events.jobs.TURN_SECONDS", -1.0)
    ids = place.send(*(place.event() for _ in range(5)))
    empty_redis.flushdb()
    place.work_off()
    assert place.statuses(ids).count("waiting") == 3
    run_jobs(app, "events")
    assert set(place.statuses(ids)) == {"processed"}


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0, tzinfo=None)


def test_events_are_counted_when_they_occurred(place: Place) -> None:
    long_ago = now() - timedelta(days=40)
    place.send(place.event(occurred_at=long_ago), place.event("purchase", occurred_at=long_ago), trust="browser")
    place.work_off()
    with unit_of_work(place.workspace_id):
        facts = session.scalars(select(Fact).where(Fact.metric == "events")).all()
        found = {fact.dimensions["name"]: (fact.hour, fact.n, fact.dimensions["trust"]) for fact in facts}
    assert found == {name: (_hour(long_ago), 1, "browser") for name in ("login", "purchase")}
