"""What intake keeps only for a while, and months that have no table yet."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text

from app.core import chores
from app.core.clock import freeze, now
from app.core.db import session
from app.core.ids import first_id_at
from app.core.tenancy import unit_of_work
from app.events import jobs
from app.events.models import Event, EventKey, EventRejection
from app.events.operations import intake
from app.events.operations.intake import remember, store
from tests.events.test_intake_store import an_event


def test_message_ids_are_forgotten_after_35_days(workspace_id: UUID, app_id: UUID) -> None:
    at = now()
    for days, expected in ((0, 0), (34, 1), (36, 0)):
        with freeze(at + timedelta(days=days)):
            jobs.forget_old_traces()
            with unit_of_work(workspace_id):
                assert store(app_id, "server", [an_event("m1")]).duplicates == expected


def test_rejections_are_forgotten_after_30_days(workspace_id: UUID, app_id: UUID) -> None:
    refused = intake.checked({"type": "track"})
    assert isinstance(refused, intake.Rejected)
    with unit_of_work(workspace_id):
        remember(app_id, "server", [refused])
    for days, expected in ((29, 1), (31, 0)):
        with freeze(now() + timedelta(days=days)):
            jobs.forget_old_traces()
        with unit_of_work(workspace_id):
            assert len(session.scalars(select(EventRejection)).all()) == expected


def test_others_are_not_touched(workspace_id: UUID, app_id: UUID) -> None:
    with unit_of_work(workspace_id):
        store(app_id, "server", [an_event("m1")])
    jobs.forget_old_traces()
    with unit_of_work(workspace_id):
        assert len(session.scalars(select(EventKey)).all()) == 1


def test_an_event_of_a_month_without_a_table_is_kept(
    workspace_id: UUID, app_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = now() + timedelta(days=200)
    monkeypatch.setattr(intake, "new_id", lambda: first_id_at(later))
    with unit_of_work(workspace_id):
        (event_id,) = store(app_id, "server", [an_event("m1")]).ids

    def lies_in() -> str:
        with unit_of_work(workspace_id):
            assert session.scalars(select(Event.id)).all() == [event_id]
            return str(session.scalar(text("SELECT tableoid::regclass FROM event")))

    assert lies_in() == "event_default"
    monkeypatch.setattr(chores, "MONTHS_AHEAD", 8)
    chores.make_month_partitions()
    assert lies_in() == f"event_{later:%Y_%m}"
