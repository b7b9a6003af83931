"""The shelf of what could not be worked off, and another try."""

import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import select

from app.core.clock import freeze, now
from app.core.db import session
from app.core.ids import new_id
from app.core.tables import AuditEntry
from app.core.tenancy import unit_of_work
from app.events import subscribing
from app.events.subscribing import Batch
from app.notifications.models import Notification
from app.notifications.operations import TOLD_AGAIN_AFTER
from tests.factories.events import a_failure, an_event, worked_off
from tests.factories.workspaces import Team, a_team, an_app
from tests.support.budget import counted
from tests.support.pages import Page, PageClient

HOSTILE = "<script>alert(1)</script> \u202egnp.exe"


@pytest.fixture
def team(client: PageClient) -> Team:
    team = a_team()
    client.sign_in(team.owner)
    return team


@pytest.fixture
def app_id(team: Team) -> UUID:
    return an_app(team.workspace_id, "Tidepool")


@pytest.fixture
def stumbling() -> Iterator[set[str]]:
    """Names of events over which a part of the house stumbles, as long as they stand in the set."""
    names: set[str] = set()

    def handle(batch: Batch) -> None:
        if batch.named(*names):
            raise LookupError("no rate for this currency")

    subscribing.subscribe("rates", handle)
    yield names
    subscribing.unsubscribe("rates")


def shelf(client: PageClient, team: Team, query: str = "") -> Page:
    return client.page(f"/w/{team.slug}/events/failures{query}")


def lines(page: Page) -> list[str]:
    found = [row for row in page.all("tr") if (row.get("id") or "").startswith("failure-")]
    return [re.sub(r"\s+", " ", "".join(row.itertext())).strip() for row in found]


def retry(client: PageClient, team: Team, **values: object) -> str:
    answer = client.submit(f"/w/{team.slug}/events/failures/retries", values)
    assert answer.status_code == 303
    return client.page(answer.location).text


def test_what_failed_stands_there_with_its_error(client: PageClient, team: Team, app_id: UUID) -> None:
    a_failure(team.workspace_id, app_id, name="sale", error="LookupError: no rate\n  in rates.py")
    a_failure(team.workspace_id, app_id, name="sale", error="LookupError: no rate\n  elsewhere", user_id="u2")
    a_failure(team.workspace_id, app_id, name="level", error="ValueError: odd", subscriber="people", user_id="u3")
    page = shelf(client, team)
    assert [line.split()[0] for line in lines(page)] == ["level", "sale", "sale"]
    errors = [re.sub(r"\s+", " ", "".join(row.itertext())).strip() for row in page.all("tbody")[0].iter("tr")]
    assert errors == ["LookupError: no rate points 2", "ValueError: odd people 1"]
    assert len(lines(shelf(client, team, "?subscriber=points"))) == 2
    assert len(lines(shelf(client, team, "?subscriber=junk&state=junk&before=junk"))) == 3


def test_one_is_tried_again_and_followed(client: PageClient, team: Team, app_id: UUID, stumbling: set[str]) -> None:
    stumbling.add("sale")
    event_id = an_event(team.workspace_id, app_id, "sale")
    an_event(team.workspace_id, app_id, "level", user_id="u2")
    worked_off(team.workspace_id)
    page = client.page(f"/w/{team.slug}/events/{event_id}")
    assert "The part rates failed." in page.text
    assert "LookupError" in page.text
    [action] = [path for path in page.posts() if path.endswith("/retries")]
    stumbling.clear()
    answer = client.submit(action)
    assert answer.status_code == 303
    assert "It failed before, and was put back" in client.page(answer.location).text
    assert "Waiting" in lines(shelf(client, team))[0]
    worked_off(team.workspace_id)
    assert "Could not be worked off" not in client.page(answer.location).text
    assert lines(shelf(client, team)) == []
    assert "Worked off" in lines(shelf(client, team, "?state=settled"))[0]


def test_what_fails_again_comes_back(client: PageClient, team: Team, app_id: UUID, stumbling: set[str]) -> None:
    stumbling.add("sale")
    an_event(team.workspace_id, app_id, "sale")
    worked_off(team.workspace_id)
    assert "One event is tried again." in retry(client, team, do="all")
    worked_off(team.workspace_id)
    [line] = lines(shelf(client, team))
    assert "Failed" in line


def test_those_that_were_chosen_are_tried_again(client: PageClient, team: Team, app_id: UUID) -> None:
    made = [a_failure(team.workspace_id, app_id, name=f"event-{n}", user_id=f"u{n}")[1] for n in range(3)]
    assert "2 events are tried again." in retry(client, team, do="chosen", id=[str(made[0]), str(made[2])])
    assert "Nothing was put back" in retry(client, team, do="chosen", id=[str(made[0]), str(new_id()), "junk"])
    assert "Nothing was put back" in retry(client, team)
    states = {line.split()[0]: "Waiting" in line for line in lines(shelf(client, team))}
    assert states == {"event-0": True, "event-1": False, "event-2": True}
    worked_off(team.workspace_id)
    assert [line.split()[0] for line in lines(shelf(client, team))] == ["event-1"]


def test_all_of_one_part_are_tried_again(client: PageClient, team: Team, app_id: UUID) -> None:
    a_failure(team.workspace_id, app_id, subscriber="points")
    a_failure(team.workspace_id, app_id, subscriber="people", user_id="u2")
    assert "One event is tried again." in retry(client, team, do="all", subscriber="people")
    with unit_of_work(team.workspace_id):
        actions = session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("event%"))).all()
    assert actions == ["events.retried"]


def test_a_second_try_at_once_is_told_so(client: PageClient, team: Team, app_id: UUID) -> None:
    _, failure_id = a_failure(team.workspace_id, app_id)
    path = f"/w/{team.slug}/events/failures/{failure_id}/retries"
    assert client.submit(path).status_code == 303
    assert client.submit(path).status_code == 409
    worked_off(team.workspace_id)
    assert client.submit(path).status_code == 409


def test_a_viewer_sees_and_may_not_retry(client: PageClient, team: Team, app_id: UUID) -> None:
    event_id, failure_id = a_failure(team.workspace_id, app_id)
    client.sign_in(team.members["viewer"])
    for path in ("failures", str(event_id)):
        assert (
            client.page(f"/w/{team.slug}/events/{path}").posts().keys()
            == client.page(f"/w/{team.slug}/").posts().keys()
        )
    for path in ("failures/retries", f"failures/{failure_id}/retries"):
        assert client.submit(f"/w/{team.slug}/events/{path}", {"do": "all"}).status_code == 403


def test_the_failures_of_others_do_not_exist(client: PageClient, team: Team, app_id: UUID) -> None:
    elsewhere = a_team()
    _, foreign = a_failure(elsewhere.workspace_id, an_app(elsewhere.workspace_id))
    assert lines(shelf(client, team)) == []
    assert client.submit(f"/w/{team.slug}/events/failures/{foreign}/retries").status_code == 404
    assert "Nothing was put back" in retry(client, team, do="chosen", id=str(foreign))
    assert "Nothing was put back" in retry(client, team, do="all")


def test_errors_are_text(client: PageClient, team: Team, app_id: UUID) -> None:
    event_id, _ = a_failure(team.workspace_id, app_id, error=HOSTILE * 50, name=HOSTILE)
    for page in (shelf(client, team), client.page(f"/w/{team.slug}/events/{event_id}")):
        assert "alert(1)" not in "".join(text for script in page.all("script") for text in script.itertext())
        assert "alert(1)" in page.text


def test_nothing_failed(client: PageClient, team: Team) -> None:
    assert "Nothing failed" in shelf(client, team).text
    assert "Nothing of that kind" in shelf(client, team, "?state=settled").text


def test_the_shelf_asks_a_bounded_number_of_questions(client: PageClient, team: Team, app_id: UUID) -> None:
    asked = {}
    for size in (2, 30):
        for number in range(size):
            a_failure(team.workspace_id, app_id, user_id=f"u{size}-{number}")
        shelf(client, team)
        with counted() as statements:
            shelf(client, team)
        asked[size] = len(statements)
    assert asked[2] == asked[30] <= 16


def test_the_team_is_told_once_a_day(team: Team, app_id: UUID) -> None:
    def told() -> list[UUID]:
        with unit_of_work(team.workspace_id):
            query = select(Notification.account_id).where(Notification.title == "Events fail to be worked off")
            return list(session.scalars(query))

    for number in range(3):
        a_failure(team.workspace_id, app_id, user_id=f"u{number}")
    assert sorted(told()) == sorted(team.members[role] for role in ("owner", "admin", "member"))
    with freeze(now() + TOLD_AGAIN_AFTER):
        a_failure(team.workspace_id, app_id, user_id="later")
    assert len(told()) == 6
