"""The overview of events: how many there were, when, and of what."""

import csv
import io
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.core.clock import freeze, now
from app.core.tenancy import unit_of_work
from app.metrics.operations import Tally, count, fold
from app.workspaces.operations.keys import make_publishable_key
from app.workspaces.queries.apps import app_by_id
from tests.factories.workspaces import Team, a_team, an_app
from tests.support.budget import counted
from tests.support.pages import Page, PageClient

NOON = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)


def some_events(team: Team, app_id: UUID, **names: int) -> None:
    """So many of each name, one a day from today on back."""
    with unit_of_work(team.workspace_id):
        count(
            Tally("events", now() - timedelta(days=n), {"app": str(app_id), "name": name, "trust": "server"})
            for name, most in names.items()
            for n in range(most)
        )


def rows(page: Page, caption: str) -> list[list[str]]:
    """What a table says, row by row, without its head."""
    (table,) = [one for one in page.all("table") if caption in "".join(one.find("caption").itertext())]
    return [[" ".join("".join(cell.itertext()).split()) for cell in row] for row in table.find("tbody").iter("tr")]


@pytest.fixture
def team(client: PageClient) -> Team:
    team = a_team()
    client.sign_in(team.members["viewer"])
    return team


def test_the_overview_counts_by_day_name_app_and_sender(client: PageClient, team: Team) -> None:
    app_id = an_app(team.workspace_id, "Reef")
    some_events(team, app_id, level_up=6, purchase=2)
    page = client.page(f"/w/{team.slug}/events?span=7")
    assert "Events 8" in page.text
    assert [row[1] for row in rows(page, "Events a day")] == ["0", "1", "1", "1", "1", "2", "2"]
    assert [(row[0], *row[2:]) for row in rows(page, "Events by name")] == [
        ("level_up", "75 %", "6"),
        ("purchase", "25 %", "2"),
    ]
    assert rows(page, "Events by app") == [["Reef", "100 %", "8"]]
    assert rows(page, "Events by sender") == [["Server", "100 %", "8"]]
    links = {link.get("href") for link in page.all("a")}
    assert f"/w/{team.slug}/events/live?name=level_up" in links


def test_the_overview_compares_with_the_span_before(client: PageClient, team: Team) -> None:
    app_id = an_app(team.workspace_id)
    with unit_of_work(team.workspace_id):
        for days, n in ((1, 30), (8, 20)):
            count(
                [
                    Tally(
                        "events",
                        now() - timedelta(days=days),
                        {"app": str(app_id), "name": "x", "trust": "server"},
                        n=n,
                    )
                ]
            )
    path = f"/w/{team.slug}/events"
    assert "+50 % on the 7 days before" in client.page(f"{path}?span=7").text
    assert "before" not in client.page(f"{path}?span=30").by_id("overview").itertext()


def test_the_overview_is_narrowed_to_an_app(client: PageClient, team: Team) -> None:
    reef, cove = an_app(team.workspace_id, "Reef"), an_app(team.workspace_id, "Cove")
    some_events(team, reef, level_up=3)
    some_events(team, cove, purchase=4)
    page = client.page(f"/w/{team.slug}/events?app={cove}")
    assert [row[0] for row in rows(page, "Events by name")] == ["purchase"]
    assert not [table for table in page.all("caption") if "by app" in "".join(table.itertext())]
    assert f"/w/{team.slug}/events/live?name=purchase&app={cove}" in {link.get("href") for link in page.all("a")}


def test_hours_and_days_are_those_of_the_workspace(client: PageClient, team: Team) -> None:
    app_id = an_app(team.workspace_id)
    with freeze(NOON):
        client.sign_in(team.members["viewer"])
        some_events(team, app_id, level_up=1)
        page = client.page(f"/w/{team.slug}/events?span=24h")
    hours = rows(page, "Events an hour")
    assert len(hours) == 24
    assert hours[-1] == ["20 Nov, 12:00", "1"]


def test_many_names_are_told_as_others(client: PageClient, team: Team) -> None:
    app_id = an_app(team.workspace_id)
    some_events(team, app_id, **{f"name_{n:03}": 1 for n in range(300)}, often=2)
    page = client.page(f"/w/{team.slug}/events")
    names = rows(page, "Events by name")
    assert names[0][0] == "often"
    assert (len(names), names[-1][0], names[-1][-1]) == (21, "All others", "281")


def test_files_hold_what_the_page_shows_and_more(client: PageClient, team: Team) -> None:
    app_id = an_app(team.workspace_id)
    some_events(team, app_id, **{f"name_{n:03}": 1 for n in range(30)}, **{"=SUM(A1)": 2})
    path = f"/w/{team.slug}/events?span=7&format=csv"
    with_head = list(csv.reader(io.StringIO(client.get(path).text)))
    assert with_head[0] == ["Day", "Events"]
    assert [line[1] for line in with_head[1:]] == ["0", "0", "0", "0", "0", "1", "31"]
    names = list(csv.reader(io.StringIO(client.get(f"{path}&of=names").text)))
    assert (names[1], len(names)) == (["'=SUM(A1)", "2"], 32)


@pytest.mark.parametrize("name", ["<b>&\"'", "level up / 100 %", "שלום", "🎯", "a" * 200, "#?&="])
def test_a_name_may_be_anything(client: PageClient, team: Team, name: str) -> None:
    some_events(team, an_app(team.workspace_id), **{name: 1})
    assert rows(client.page(f"/w/{team.slug}/events"), "Events by name")[0][0] == name


@pytest.mark.parametrize(
    "query", ["span=1y", "app=nobody", "span=&app=", "format=xml", "app=00000000-0000-7000-8000-000000000000"]
)
def test_what_the_address_says_wrongly_is_no_filter(client: PageClient, team: Team, query: str) -> None:
    some_events(team, an_app(team.workspace_id), level_up=3)
    assert "Events 3" in client.page(f"/w/{team.slug}/events?{query}").text


def test_an_empty_span_is_no_beginning(client: PageClient, team: Team) -> None:
    app_id = an_app(team.workspace_id)
    with unit_of_work(team.workspace_id):
        count([Tally("events", now() - timedelta(days=50), {"app": str(app_id), "name": "x", "trust": "server"})])
    page = client.page(f"/w/{team.slug}/events?span=7")
    assert "Events 0" in page.text
    assert "first event" not in page.text


def test_nobody_sees_what_others_counted(client: PageClient, team: Team) -> None:
    other = a_team()
    some_events(other, an_app(other.workspace_id), level_up=3)
    assert "level_up" not in client.page(f"/w/{team.slug}/events").text


def test_before_the_first_event_the_page_says_how_to_send_it_and_waits(client: PageClient, team: Team) -> None:
    path = f"/w/{team.slug}/events"
    assert "Register the app" in client.page(path).text
    app_id = an_app(team.workspace_id)
    page = client.page(path)
    assert "curl http://localhost/v1/track" in page.text
    assert f"Guerdon-App: {app_id}" in page.text
    assert page.by_id("overview").get("hx-trigger") == "every 4s"
    asked = {"HX-Request": "true", "HX-Request-Type": "partial"}
    waiting = client.get(path, headers=asked)
    assert client.get(path, headers={**asked, "If-None-Match": waiting.headers["ETag"]}).status_code == 304
    some_events(team, app_id, level_up=1)
    arrived = Page(client.get(path, headers={**asked, "If-None-Match": waiting.headers["ETag"]}))
    assert "Your first event has arrived" in arrived.text
    assert arrived.by_id("overview").get("hx-trigger") is None


def test_the_call_carries_the_publishable_key_where_there_is_one(client: PageClient, team: Team) -> None:
    app_id = an_app(team.workspace_id)
    with unit_of_work(team.workspace_id):
        key = make_publishable_key("Site", app_by_id(app_id)).text
    assert f"Bearer {key}" in client.page(f"/w/{team.slug}/events").text


def test_the_overview_asks_little_however_much_there_is(client: PageClient, team: Team) -> None:
    app_id = an_app(team.workspace_id)
    some_events(team, app_id, **{f"name_{n}": 40 for n in range(40)})
    with unit_of_work(team.workspace_id):
        fold()
    client.page(f"/w/{team.slug}/events")
    with counted() as asked:
        client.page(f"/w/{team.slug}/events?span=90")
    assert len(asked) <= 13, "\n".join(asked)
