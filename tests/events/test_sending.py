"""An event sent by hand, and what becomes of it."""

from uuid import UUID

import pytest
from sqlalchemy import select

from app.core.db import session
from app.core.tables import AuditEntry
from app.core.tenancy import unit_of_work
from app.events.models import Event
from app.workspaces.operations.apps import suspend_app
from app.workspaces.queries.apps import app_by_id
from tests.factories.events import an_event, worked_off
from tests.factories.workspaces import Team, a_team, an_app
from tests.support.pages import Page, PageClient


@pytest.fixture
def team(client: PageClient) -> Team:
    team = a_team()
    client.sign_in(team.members["member"])
    return team


@pytest.fixture
def app_id(team: Team) -> UUID:
    return an_app(team.workspace_id, "Tidepool")


def fields(app_id: UUID, **changed: str) -> dict[str, str]:
    return {"app": str(app_id), "name": "level_completed", "user_id": "u1", "properties": '{"level": 3}'} | changed


def events(team: Team) -> list[Event]:
    with unit_of_work(team.workspace_id):
        found = list(session.scalars(select(Event).order_by(Event.id)))
        session.expunge_all()
        return found


def test_it_is_sent_as_a_server_would_and_followed(client: PageClient, team: Team, app_id: UUID) -> None:
    path = f"/w/{team.slug}/events/test"
    client.page(path)
    answer = client.submit(path, fields(app_id))
    assert answer.status_code == 303
    [event] = events(team)
    assert (event.app_id, event.name, event.user_id, event.trust) == (app_id, "level_completed", "u1", "server")
    assert event.properties == {"level": 3}
    assert event.context == {"library": {"name": "Guerdon test event"}}
    page = client.page(answer.location)
    assert "Sent. Here is what becomes of it." in page.text
    assert "Waits to be worked off" in page.text
    worked_off(team.workspace_id)
    assert "A new person" in client.page(answer.location).text
    with unit_of_work(team.workspace_id):
        entry = session.scalars(select(AuditEntry).filter_by(action="event.tested")).one()
        assert (entry.actor_id, entry.subject_id) == (team.members["member"], str(event.id))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"name": ""}, "Name the event."),
        ({"name": "x" * 201}, "Keep the name within 200 characters."),
        ({"user_id": ""}, "Say whose event it is."),
        ({"user_id": "x" * 256}, "Keep the id within 255 characters."),
        ({"properties": '{"level": }'}, "This is not JSON: Expecting value at line 1, column 11."),
        ({"properties": "[1, 2]"}, "Write a JSON object"),
        ({"properties": "7" * 5000}, "cannot be read"),
        ({"properties": '{"a":' * 3000}, "This"),
        ({"properties": '{"n": NaN}'}, "cannot be read"),
        ({"properties": '{"a": "' + "x" * 33_000 + '"}'}, "32 kB"),
        ({"properties": '{"a": "' + "x" * 41_000 + '"}'}, "32 kB"),
        ({"properties": '{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":1}}}}}}}}}'}, "nested deeper"),
        ({"app": "01900000-0000-7000-8000-000000000009"}, "Not a valid choice"),
        ({"app": "junk"}, "Not a valid choice"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(
    client: PageClient, team: Team, app_id: UUID, changed: dict[str, str], words: str
) -> None:
    answer = client.submit(f"/w/{team.slug}/events/test", fields(app_id, **changed))
    assert answer.status_code == 422
    page = Page(answer)
    assert words in page.text
    shown = page.form(f"/w/{team.slug}/events/test")
    assert shown["name"] == changed.get("name", "level_completed")
    assert events(team) == []


def test_odd_letters_are_stored(client: PageClient, team: Team, app_id: UUID) -> None:
    odd = {"name": "نهاية \u202elevel 👩\u200d🚀", "user_id": "<b>u1</b>", "properties": '{"a": "\\ud800\\u0000"}'}
    answer = client.submit(f"/w/{team.slug}/events/test", fields(app_id, **odd))
    assert answer.status_code == 303
    client.page(answer.location)
    [event] = events(team)
    assert event.user_id == "<b>u1</b>"


def test_a_field_that_is_left_is_checked_and_sends_nothing(client: PageClient, team: Team, app_id: UUID) -> None:
    sent = fields(app_id, properties="{")
    answer = client.submit(f"/w/{team.slug}/events/test", sent, headers={"X-Check": "properties"})
    assert "This is not JSON" in Page(answer).text
    client.submit(f"/w/{team.slug}/events/test", fields(app_id), headers={"X-Check": "properties"})
    assert events(team) == []


def test_one_is_sent_like_another(client: PageClient, team: Team, app_id: UUID) -> None:
    event_id = an_event(team.workspace_id, app_id, "sale", user_id="u7", properties={"sku": "pearls"})
    page = client.page(f"/w/{team.slug}/events/{event_id}")
    [link] = [link.get("href") or "" for link in page.all("a") if "/events/test" in (link.get("href") or "")]
    shown = client.page(link).form(f"/w/{team.slug}/events/test")
    assert (shown["app"], shown["name"], shown["user_id"]) == (str(app_id), "sale", "u7")
    assert '"sku": "pearls"' in shown["properties"]


def test_a_suspended_app_sends_nothing(client: PageClient, team: Team, app_id: UUID) -> None:
    with unit_of_work(team.workspace_id):
        suspend_app(app_by_id(app_id), "The store does not know it.")
    assert "No app to send it for" in client.page(f"/w/{team.slug}/events/test").text
    assert client.submit(f"/w/{team.slug}/events/test", fields(app_id)).status_code == 422


def test_a_viewer_sends_nothing(client: PageClient, team: Team, app_id: UUID) -> None:
    client.sign_in(team.members["viewer"])
    assert client.submit(f"/w/{team.slug}/events/test", fields(app_id)).status_code == 403
    assert "Send a test event" not in client.page(f"/w/{team.slug}/events/live").text
    assert events(team) == []


def test_the_app_of_others_is_no_choice(client: PageClient, team: Team, app_id: UUID) -> None:
    elsewhere = a_team()
    foreign = an_app(elsewhere.workspace_id)
    assert client.submit(f"/w/{team.slug}/events/test", fields(foreign)).status_code == 422
    assert events(elsewhere) == []
