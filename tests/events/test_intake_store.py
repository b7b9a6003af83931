"""What is stored is stored once, and waits in the queue."""

from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.core.db import session
from app.core.tenancy import scope, unit_of_work
from app.events.models import SHARDS, Event, EventKey, EventQueue
from app.events.operations.intake import Accepted, checked, shard_of, store
from app.factory import Guerdon
from tests.factories.workspaces import a_workspace, an_app


def an_event(message_id: str = "m1", **more: object) -> Accepted:
    raw = {"type": "track", "event": "Level Up", "userId": "u1", "messageId": message_id, **more}
    accepted = checked(raw)
    assert isinstance(accepted, Accepted), accepted
    return accepted


@pytest.fixture
def workspace_id(app: Guerdon) -> UUID:
    return a_workspace()


@pytest.fixture
def app_id(workspace_id: UUID) -> UUID:
    return an_app(workspace_id)


def count(table: type) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def test_an_event_is_stored_as_it_came(workspace_id: UUID, app_id: UUID) -> None:
    event = an_event(properties={"level": 3, "π": [None, {"x": "y"}]}, context={"sessionId": "s", "gclid": "g"})
    with unit_of_work(workspace_id):
        (event_id,) = store(app_id, "server", [event]).ids
    with unit_of_work(workspace_id):
        row = session.scalars(select(Event)).one()
        assert (row.id, row.app_id, row.trust, row.kind, row.name) == (event_id, app_id, "server", "track", "Level Up")
        assert row.properties == {"level": 3, "π": [None, {"x": "y"}]}
        assert row.context == {"sessionId": "s", "gclid": "g"}
        assert (row.session_id, row.occurred_at) == ("s", event.occurred_at)
        assert session.scalars(select(EventQueue)).one().shard == shard_of("u1", None)


def test_a_message_id_counts_once_within_a_call_and_across_calls(workspace_id: UUID, app_id: UUID) -> None:
    with unit_of_work(workspace_id):
        first = store(app_id, "server", [an_event("m1"), an_event("m2"), an_event("m1")])
        assert (len(first.ids), first.duplicates) == (2, 1)
    with unit_of_work(workspace_id):
        second = store(app_id, "browser", [an_event("m3"), an_event("m2", userId="another")])
        assert (len(second.ids), second.duplicates) == (1, 1)
        assert count(Event) == count(EventKey) == count(EventQueue) == 3


def test_two_apps_may_use_the_same_message_ids(workspace_id: UUID, app_id: UUID) -> None:
    other = an_app(workspace_id, "Lagoon")
    with unit_of_work(workspace_id):
        store(app_id, "server", [an_event("m1")])
        assert store(other, "server", [an_event("m1")]).duplicates == 0
        assert count(Event) == 2


def test_nobody_else_sees_it(workspace_id: UUID, app_id: UUID) -> None:
    stranger = a_workspace()
    with unit_of_work(workspace_id):
        store(app_id, "server", [an_event()])
        with scope(stranger):
            assert count(Event) == count(EventKey) == count(EventQueue) == 0


def test_nothing_is_stored_of_nothing(workspace_id: UUID, app_id: UUID) -> None:
    with unit_of_work(workspace_id):
        assert store(app_id, "server", []).ids == []


def test_all_shards_are_used_and_a_person_stays_in_one() -> None:
    assert {shard_of(f"user {n}", None) for n in range(500)} == set(range(SHARDS))
    assert shard_of("u1", "a1") == shard_of("u1", None) == shard_of(None, "u1")
