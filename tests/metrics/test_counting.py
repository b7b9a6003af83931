"""Writing down what happens."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from app.core.db import session
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from app.metrics.models import Fact
from app.metrics.operations import Tally, count
from app.workspaces.models import Workspace
from tests.factories.workspaces import a_workspace
from tests.support.budget import counted

NOON = datetime(2026, 11, 20, 12, 34, 56, tzinfo=UTC)


def a_workspace_in(timezone: str) -> UUID:
    workspace_id = a_workspace()
    with unit_of_work():
        session.execute(update(Workspace).where(Workspace.id == workspace_id).values(timezone=timezone))
    return workspace_id


def facts(workspace_id: UUID) -> list[Fact]:
    with unit_of_work(workspace_id):
        found = list(session.scalars(select(Fact).order_by(Fact.metric, Fact.hour, Fact.id)))
        session.expunge_all()
        return found


def test_equal_tallies_become_one_fact(app: Guerdon) -> None:
    workspace_id = a_workspace()
    with unit_of_work(workspace_id):
        count(Tally("events", NOON + timedelta(minutes=m), {"app": "a", "name": "x"}, value=3) for m in range(20))
        count([Tally("events", NOON, {"name": "x", "app": "a"}, n=-1)])
    assert [(fact.n, fact.value) for fact in facts(workspace_id)] == [(20, 60), (-1, 0)]


def test_a_batch_is_one_insert(app: Guerdon) -> None:
    workspace_id = a_workspace()
    with unit_of_work(workspace_id), counted() as asked:
        count(Tally("events", NOON, {"name": str(number)}) for number in range(500))
    assert [statement.split()[0] for statement in asked] == ["SELECT", "INSERT"]


def test_nothing_counted_asks_nothing(app: Guerdon) -> None:
    with unit_of_work(a_workspace()), counted() as asked:
        count([])
    assert asked == []


@pytest.mark.parametrize(
    "name", ['“Level” "up"', "\\", "{a,b}", "NULL", "", "🎯", "א", "'; --", "x" * 200, "\x01" * 200]
)
def test_a_dimension_may_be_any_text(app: Guerdon, name: str) -> None:
    workspace_id = a_workspace()
    with unit_of_work(workspace_id):
        count([Tally("events", NOON, {"name": name})])
    assert [fact.dimensions for fact in facts(workspace_id)] == [{"name": name}]


@pytest.mark.parametrize(
    ("timezone", "at", "hour"),
    [
        ("UTC", datetime(2026, 11, 20, 12, 59, 59, tzinfo=UTC), "2026-11-20 12:00"),
        # Five hours and three quarters ahead.
        ("Asia/Kathmandu", datetime(2026, 11, 20, 18, 14, tzinfo=UTC), "2026-11-20 23:00"),
        ("Asia/Kathmandu", datetime(2026, 11, 20, 18, 15, tzinfo=UTC), "2026-11-21 00:00"),
        # In autumn the hour after one comes twice.
        ("America/New_York", datetime(2026, 11, 1, 5, 30, tzinfo=UTC), "2026-11-01 01:00"),
        ("America/New_York", datetime(2026, 11, 1, 6, 30, tzinfo=UTC), "2026-11-01 01:00"),
        ("America/New_York", datetime(2026, 11, 1, 7, 30, tzinfo=UTC), "2026-11-01 02:00"),
        # In spring the clock goes from two to three.
        ("America/New_York", datetime(2026, 3, 8, 6, 59, tzinfo=UTC), "2026-03-08 01:00"),
        ("America/New_York", datetime(2026, 3, 8, 7, 0, tzinfo=UTC), "2026-03-08 03:00"),
        # By half an hour: from two to half past two.
        ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 29, tzinfo=UTC), "2026-10-04 01:00"),
        ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30, tzinfo=UTC), "2026-10-04 02:00"),
        ("No/Such_Zone", datetime(2026, 11, 20, 12, tzinfo=UTC), "2026-11-20 12:00"),
    ],
)
def test_the_hour_is_that_of_the_workspaces_clock(app: Guerdon, timezone: str, at: datetime, hour: str) -> None:
    workspace_id = a_workspace_in(timezone)
    with unit_of_work(workspace_id):
        count([Tally("events", at, {})])
    assert [fact.hour for fact in facts(workspace_id)] == [datetime.fromisoformat(hour)]
