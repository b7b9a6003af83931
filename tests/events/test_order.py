"""The same events in any order, any pieces, by any number of workers: the same people, facts and balances."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.core.db import session
from app.core.tenancy import unit_of_work
from app.events import subscribing
from app.events.jobs import work_off
from app.events.models import SHARDS, Event, EventEffect, EventFailure, EventQueue
from app.events.operations import working
from app.events.operations.intake import store_arrivals
from app.events.operations.reading import EventRow, decoded, sighting_of
from app.events.subscribing import Batch
from app.factory import Guerdon
from app.ledger.entries import Cause, Owner, points_of
from app.ledger.operations import credit, verify
from app.ledger.queries.balances import balance
from app.metrics.models import Fact
from app.people.models import Person
from app.people.queries.people import names_of
from app.people.sightings import Sighting
from tests.events.crowd import a_crowd, arrivals
from tests.factories.workspaces import a_workspace, an_app
from tests.people.expected import Shown, expected_people, shown_people

pytestmark = pytest.mark.thorough

SIZE = 2000
POINTS = 7


class Outcome(NamedTuple):
    people: list[Shown]
    facts: Counter[Any]
    balances: dict[Any, int]


def give_points(batch: Batch) -> None:
    for event in batch.named("purchase"):
        entry = credit(
            Owner("person", event.origin_id),
            points_of(event.app_id),
            POINTS,
            provenance="earned",
            kind="purchase",
            cause=Cause("event", str(event.id)),
        )
        batch.note(event, "credited", transfer=str(entry.id))


@pytest.fixture(autouse=True)
def points() -> Iterator[None]:
    subscribing.subscribe("test-points", give_points)
    yield
    subscribing.unsubscribe("test-points")


def a_place() -> tuple[UUID, UUID]:
    workspace_id = a_workspace()
    return workspace_id, an_app(workspace_id)


def work_off_all(workspace_id: UUID) -> None:
    for shard in range(SHARDS):
        work_off(str(workspace_id), str(shard))


def differences(ones: list[Shown], others: list[Shown]) -> list[tuple[Any, Any]]:
    """What differs, told so that it can be read."""
    known = {one.user_ids or one.anonymous_ids: asdict(one) for one in ones}
    found = []
    for other in others:
        one = known.pop(other.user_ids or other.anonymous_ids, {})
        found += [(one.get(field), value) for field, value in asdict(other).items() if one.get(field) != value]
    return [*found, *((name, None) for name in known)]


def everything_seen() -> list[Sighting]:
    columns = (getattr(Event, name) for name in EventRow._fields)
    rows = [EventRow(*row) for row in session.execute(select(*columns))]
    texts = [row._replace(context=json.dumps(row.context), properties=json.dumps(row.properties)) for row in rows]
    return [sighting_of(row, decoded(row.context)) for row in texts]


def outcome(workspace_id: UUID, app_id: UUID) -> Outcome:
    with unit_of_work(workspace_id):
        assert session.scalar(select(func.count()).select_from(EventQueue)) == 0
        assert session.scalars(select(EventFailure.error)).all() == []
        facts: Counter[Any] = Counter()
        for fact in session.scalars(select(Fact).where(Fact.metric.in_(("events", "people")))):
            facts[fact.metric, fact.hour, fact.dimensions.get("name"), fact.dimensions.get("trust")] += fact.n
        roots = session.execute(select(Person.id, Person.app_id).where(Person.merged_into.is_(None))).all()
        balances = {
            (names.user_ids, names.anonymous_ids): balance(names.person_ids, points_of(app_id)).balance
            for names in (names_of(id) for id, _ in roots)
        }
        credited = select(func.count()).select_from(EventEffect).where(EventEffect.kind == "credited")
        assert sum(balances.values()) == POINTS * (session.scalar(credited) or 0)
        assert list(verify()) == []
        assert differences(expected_people(everything_seen()), shown_people(app_id)) == []
        return Outcome(shown_people(app_id), Counter({key: n for key, n in facts.items() if n}), balances)


@pytest.fixture(scope="module")
def crowd() -> list[Any]:
    return a_crowd(seed=3, size=SIZE)


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    return []


@pytest.mark.parametrize("order", range(20))
def test_any_order_and_any_pieces(
    app: Guerdon, monkeypatch: pytest.MonkeyPatch, crowd: list[Any], outcomes: list[Outcome], order: int
) -> None:
    dice = random.Random(order)
    sent = list(crowd)
    if order:
        dice.shuffle(sent)
    monkeypatch.setattr(working, "MOST_AT_ONCE", dice.choice([40, 200, 1000, 2000]))
    monkeypatch.setattr("app.events.jobs.MOST_AT_ONCE", working.MOST_AT_ONCE)
    workspace_id, app_id = a_place()
    while sent:
        piece = dice.choice([30, 300, 2000])
        with unit_of_work(workspace_id):
            store_arrivals(arrivals(app_id, sent[:piece]))
        sent = sent[piece:]
        if dice.random() < 0.3:
            for shard in dice.sample(range(SHARDS), dice.randrange(SHARDS)):
                work_off(str(workspace_id), str(shard))
    work_off_all(workspace_id)
    outcomes.append(outcome(workspace_id, app_id))
    assert differences(outcomes[0].people, outcomes[-1].people) == []
    assert outcomes[-1] == outcomes[0]


def test_several_workers_at_once(committing_app: Guerdon, crowd: list[Any]) -> None:
    found = []
    with committing_app.app_context():
        for workers in (1, 2, 4):
            workspace_id, app_id = a_place()
            with unit_of_work(workspace_id):
                store_arrivals(arrivals(app_id, crowd))

            def work(shard: int, workspace_id: UUID = workspace_id) -> None:
                with committing_app.app_context():
                    work_off(str(workspace_id), str(shard))

            with ThreadPoolExecutor(workers) as pool:
                list(pool.map(work, range(SHARDS)))
            found.append(outcome(workspace_id, app_id))
    assert found[1] == found[0]
    assert found[2] == found[0]
