"""The demo is made by the real operations, once, and looks as if it had been lived in."""

from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app import cli
from app.core.clock import freeze, now
from app.core.db import session
from app.core.tenancy import unit_of_work
from app.dev.demo import SLUG, make_demo
from app.dev.demo.cast import LAUNCH, make_cast
from app.dev.demo.making import DAYS, SEED
from app.dev.demo.story import Happening, happenings
from app.events.models import Event, EventFailure, EventQueue, EventRejection
from app.factory import Guerdon
from app.ledger.operations import verify
from app.metrics.queries import last_days, total
from app.people.models import Person
from app.webhooks.models import WebhookEndpoint
from app.workspaces.models import ApiKey, App, Workspace

PEOPLE = 60


def count(model: type, **where: object) -> int:
    return session.scalar(select(func.count()).select_from(model).filter_by(**where)) or 0


@pytest.fixture(scope="module")
def history() -> list[Happening]:
    return happenings(SEED, make_cast(SEED, 400, DAYS))


def test_the_demo_can_be_signed_in_to_and_is_made_once(app: Guerdon) -> None:
    made = make_demo(PEOPLE)
    client = app.test_client()
    answer = client.submit("/sign-in", {"email": made.email, "password": made.password})
    assert answer.status_code == 303
    assert "Tidepool Games" in client.page(f"/w/{SLUG}/").text
    with unit_of_work():
        workspace_id = session.scalar(select(Workspace.id).filter_by(slug=SLUG))
    assert workspace_id
    with unit_of_work(workspace_id):
        assert count(App) == 4
        assert count(ApiKey) == 9
        assert count(WebhookEndpoint) == 1
        assert count(EventRejection) == made.made["refused events"] == 8
    assert_lived_in(workspace_id, made.made["events"])
    for page in ("", "/live", "/failures", "/refused", "/live?status=failed"):
        client.page(f"/w/{SLUG}/events{page}")
    cli.register(app)
    again = app.test_cli_runner().invoke(args=["demo"])
    assert "there already" in again.output


def assert_lived_in(workspace_id: UUID, events: int) -> None:
    with unit_of_work(workspace_id):
        assert count(EventQueue) == 0
        assert count(EventFailure, settled_at=None) == 1
        assert count(Event) == events
        # The event that failed is counted once it is worked off.
        assert total("events", last_days(DAYS)).n == events - 1
        joined = Person.merged_into.is_not(None)
        assert (session.scalar(select(func.count()).select_from(Person).where(joined)) or 0) > 5
        named = select(Person).where(Person.traits["name"].astext.is_not(None), Person.merged_into.is_(None))
        people = session.scalars(named).all()
        assert len(people) > PEOPLE / 4
        assert all(person.traits["email"].rpartition("@")[2] in {"example.org", "example.com"} for person in people)
        assert verify() == []


def test_it_is_the_same_each_time() -> None:
    with freeze(now()):
        first, second = (happenings(SEED, make_cast(SEED, 30, DAYS)) for _ in range(2))
    assert first == second


def test_no_two_calls_have_one_message_id(history: list[Happening]) -> None:
    ids = Counter(one.call["messageId"] for one in history)
    assert set(ids.values()) == {1}


def test_it_lies_in_the_last_ninety_days_in_order(history: list[Happening]) -> None:
    assert [one.at for one in history] == sorted(one.at for one in history)
    assert now() - timedelta(days=DAYS + 1) < history[0].at
    assert history[-1].at <= now()


def test_there_is_a_rhythm_a_launch_and_growth(history: list[Happening]) -> None:
    days = Counter((now().date() - one.at.date()).days for one in history)
    weekend = [n for ago, n in days.items() if (now() - timedelta(days=ago)).weekday() >= 5]
    week = [n for ago, n in days.items() if (now() - timedelta(days=ago)).weekday() < 4]
    assert sum(weekend) / len(weekend) > 1.2 * sum(week) / len(week)
    evening, night = (sum(one.at.hour in hours for one in history) for hours in (range(18, 23), range(1, 6)))
    assert evening > 3 * night
    after = sum(days[ago] for ago in range(LAUNCH - 6, LAUNCH + 1))
    before = sum(days[ago] for ago in range(LAUNCH + 3, LAUNCH + 10))
    assert after > 1.5 * before
    assert sum(days[ago] for ago in range(1, 15)) > 2 * sum(days[ago] for ago in range(75, 89))


def test_people_are_anonymous_first_and_use_two_devices(history: list[Happening]) -> None:
    devices: dict[str, set[str]] = {}
    for one in history:
        if "userId" in one.call and "anonymousId" in one.call:
            devices.setdefault(one.call["userId"], set()).add(one.call["anonymousId"])
    assert sum(len(used) == 2 for used in devices.values()) > 5
    unknown = {one.call["anonymousId"] for one in history if "userId" not in one.call}
    assert sum(bool(used & unknown) for used in devices.values()) > len(devices) / 2
    names = {one.call.get("event") for one in history}
    assert {"level_completed", "session_started", "purchase_complete", "signup_complete", "form_a_complete"} <= names
