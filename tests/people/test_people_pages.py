"""The people's pages: the list, one person, the files, and forgetting somebody."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.core import panels
from app.core.clock import now
from app.core.db import session
from app.core.tables import AuditEntry
from app.core.tenancy import unit_of_work
from tests.factories.people import a_person
from tests.factories.workspaces import Team, a_team, an_app
from tests.support.budget import counted
from tests.support.pages import Page, PageClient

HOSTILE = ("../../etc", "100%", "🦀🦀", "‮nosrev", "<b>bold</b>", "a" * 255, "=1+1", "مريم")


@pytest.fixture
def team(client: PageClient) -> Team:
    team = a_team("tidepool")
    client.sign_in(team.members["admin"])
    return team


@pytest.fixture
def app_id(team: Team) -> UUID:
    return an_app(team.workspace_id, "Lagoon")


def names_on(page: Page) -> list[str]:
    """What stands in the first column: the name, and the line below it."""
    return [" | ".join(part.strip() for part in words.itertext()) for words in page.all("span", class_="person-words")]


def test_the_empty_list_says_where_people_come_from(client: PageClient, team: Team) -> None:
    page = client.page("/w/tidepool/people")
    assert "Nobody yet" in page.text
    assert any(link.get("href") == "/docs/api" for link in page.all("a"))


def test_whoever_was_seen_last_comes_first(client: PageClient, team: Team, app_id: UUID) -> None:
    at = now()
    a_person(team.workspace_id, app_id, "u1", traits={"name": "Ines", "email": "ines@example.org"}, seen_at=at)
    a_person(team.workspace_id, app_id, anonymous_ids=("anon-1",), seen_at=at - timedelta(hours=1))
    other = an_app(team.workspace_id, "Reef")
    a_person(team.workspace_id, other, "u2", seen_at=at - timedelta(minutes=1))
    page = client.page("/w/tidepool/people")
    assert names_on(page) == ["Ines | ines@example.org", "u2", "Anonymous | anon-1"]
    assert "3 people, whoever was seen last first." in page.text


def test_the_list_is_narrowed(client: PageClient, team: Team, app_id: UUID) -> None:
    other = an_app(team.workspace_id, "Reef")
    a_person(team.workspace_id, app_id, "known-here")
    a_person(team.workspace_id, app_id, anonymous_ids=("anon-here",))
    a_person(team.workspace_id, other, "known-there")

    def found(query: str) -> str:
        return " ".join(names_on(client.page(f"/w/tidepool/people?{query}")))

    assert "known-there" not in (here := found(f"app={app_id}"))
    assert "known-here" in here
    assert "anon-here" in here
    assert found("kind=known").split() == ["known-here", "known-there"]
    assert "anon-here" in found(f"kind=anonymous&app={app_id}")
    assert "2 people in Lagoon" in client.page(f"/w/tidepool/people?app={app_id}").text
    assert "Nobody like that" in client.page(f"/w/tidepool/people?kind=anonymous&app={other}").text
    # What is not a kind and not an app narrows nothing.
    assert len(names_on(client.page("/w/tidepool/people?kind=x&app=y"))) == 3


@pytest.mark.parametrize("text", ["u-77", "anon-9", "INES", "ines@EX", "ｉｎｅｓ  alder", "former-1"])
def test_people_are_found_by_what_they_go_by(client: PageClient, team: Team, app_id: UUID, text: str) -> None:
    traits = {"name": "Ines  Alder", "email": "Ines@example.org"}
    ines = a_person(team.workspace_id, app_id, "u-777", anonymous_ids=("anon-99",), traits=traits)
    a_person(team.workspace_id, app_id, "former-1", merged_into=ines)
    a_person(team.workspace_id, app_id, "u-8", traits={"name": "Otto"})
    found = names_on(client.page("/w/tidepool/people", query_string={"q": text}))
    assert found == ["Ines Alder | Ines@example.org"]
    hits = client.page("/w/tidepool/search", query_string={"q": text})
    assert "Ines Alder" in hits.text


def test_a_search_finds_beginnings_alone(client: PageClient, team: Team, app_id: UUID) -> None:
    a_person(team.workspace_id, app_id, "u-777", traits={"name": "Ines"})
    for text in ("777", "nes", "%", "_", "u-778"):
        assert "Nobody like that" in client.page("/w/tidepool/people", query_string={"q": text}).text


def test_the_list_is_walked_page_by_page_both_ways(client: PageClient, team: Team, app_id: UUID) -> None:
    at = now()
    for number in range(120):
        # Several at a time, so that a page ends between people who were seen at once.
        a_person(team.workspace_id, app_id, f"u{number:03}", seen_at=at - timedelta(minutes=number // 7))
    seen, path, pages = [], "/w/tidepool/people", []
    while path:
        page = client.page(path)
        pages.append(names_on(page))
        seen += pages[-1]
        nexts = page.all("a", rel="next")
        path = nexts[0].get("href") if nexts else ""
    assert len(set(seen)) == len(seen) == 120
    assert [len(one) for one in pages] == [50, 50, 20]
    back = page.all("a", rel="prev")[0].get("href")
    assert names_on(client.page(back)) == pages[1]
    assert names_on(client.page(client.page(back).all("a", rel="prev")[0].get("href"))) == pages[0]


@pytest.mark.parametrize("place", ["x", "2026-01-01~x", "2026-01-01T00:00:00+00:00~", "~", "9" * 400])
def test_a_place_that_is_none_is_the_top(client: PageClient, team: Team, app_id: UUID, place: str) -> None:
    a_person(team.workspace_id, app_id, "u1")
    assert len(names_on(client.page("/w/tidepool/people", query_string={"before": place}))) == 1
    assert len(names_on(client.page("/w/tidepool/people", query_string={"after": place}))) == 1


def test_the_list_costs_the_same_however_long_it_is(client: PageClient, team: Team, app_id: UUID) -> None:
    for number in range(60):
        a_person(team.workspace_id, app_id, f"u{number}" if number % 2 else None, anonymous_ids=(f"a{number}",))
    client.page("/w/tidepool/people")
    with counted() as statements:
        client.page("/w/tidepool/people")
    # Account, standing, frame, apps, people, their anonymous ids, how many there are.
    assert len(statements) <= 8


def test_whoever_has_an_odd_name_is_shown_as_they_are(client: PageClient, team: Team, app_id: UUID) -> None:
    for name in HOSTILE:
        a_person(team.workspace_id, app_id, name, traits={"name": name, "email": name, name: name})
    page = client.page("/w/tidepool/people")
    assert len(names_on(page)) == len(HOSTILE)
    for link in page.root.findall(".//tbody//th/a"):
        assert client.page(link.get("href")).title


def test_a_person_s_page_tells_who_they_are(client: PageClient, team: Team, app_id: UUID) -> None:
    traits = {"name": "Ines", "plan": "pro", "cities": ["Porto", "Évora"], "nothing": None, "level": 7}
    ines = a_person(
        team.workspace_id, app_id, "u1", anonymous_ids=("anon-1",), traits=traits, country="PT", platform="ios"
    )
    a_person(team.workspace_id, app_id, "u1-before", merged_into=ines)
    page = client.page(f"/w/tidepool/people/{ines}")
    for words in ("Ines", "u1", "u1-before", "anon-1", "Portugal", "iOS", "Lagoon", '["Porto", "Évora"]', "pro", "7"):
        assert words in page.text
    assert "Server" in page.text


def test_whoever_was_joined_leads_to_whom_they_are(client: PageClient, team: Team, app_id: UUID) -> None:
    ines = a_person(team.workspace_id, app_id, "u1")
    former = a_person(team.workspace_id, app_id, "u2", merged_into=ines)
    answer = client.get(f"/w/tidepool/people/{former}")
    assert (answer.status_code, answer.location) == (303, f"/w/tidepool/people/{ines}")


def test_an_empty_person_has_a_page(client: PageClient, team: Team, app_id: UUID) -> None:
    nobody = a_person(team.workspace_id, app_id)
    page = client.page(f"/w/tidepool/people/{nobody}")
    assert "Anonymous" in page.text
    assert "Nothing was said of this person" in page.text


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[panels.Moment]:
    """What a feature has to tell of everybody."""
    moments: list[panels.Moment] = []

    def tell(_person: UUID, before: datetime, most: int) -> list[panels.Moment]:
        return sorted((one for one in moments if one.at < before), key=lambda one: one.at, reverse=True)[:most]

    monkeypatch.setattr(panels, "person_timelines", [tell, tell_of_nothing])
    monkeypatch.setattr("app.people.timeline.person_timelines", [tell, tell_of_nothing])
    return moments


def tell_of_nothing(_person: UUID, _before: datetime, _most: int) -> list[panels.Moment]:
    return []


def whole_timeline(client: PageClient, path: str) -> list[str]:
    titles: list[str] = []
    while path:
        page = client.page(path)
        titles += ["".join(one.itertext()) for one in page.root.findall(".//ol/li//strong")]
        older = page.all("a", rel="next")
        path = older[0].get("href").partition("#")[0] if older else ""
    return titles


@pytest.mark.parametrize("at_once", [1, 7, 45])
def test_the_timeline_leaves_nothing_out(
    client: PageClient, team: Team, app_id: UUID, told: list[panels.Moment], at_once: int
) -> None:
    ines = a_person(team.workspace_id, app_id, "u1")
    start = datetime(2026, 11, 1, tzinfo=UTC)
    told += [panels.Moment(start + timedelta(hours=n // at_once), "zap", f"Thing {n}") for n in range(100)]
    titles = whole_timeline(client, f"/w/tidepool/people/{ines}")
    assert sorted(titles) == sorted(f"Thing {n}" for n in range(100))
    hours = [int(title.split()[1]) // at_once for title in titles]
    assert hours == sorted(hours, reverse=True)


def test_the_file_of_the_list_holds_everybody(client: PageClient, team: Team, app_id: UUID) -> None:
    a_person(team.workspace_id, app_id, "=1+1", traits={"name": "Ines"}, anonymous_ids=("anon-1", "anon-2"))
    a_person(team.workspace_id, app_id, anonymous_ids=("anon-3",))
    answer = client.get("/w/tidepool/people/csv")
    assert answer.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))
    assert [(row["User id"], row["Anonymous ids"], row["Name"], row["App"]) for row in rows] == [
        ("", "anon-3", "", "Lagoon"),
        ("'=1+1", "anon-1 anon-2", "Ines", "Lagoon"),
    ]
    only = client.get("/w/tidepool/people/csv?kind=known").get_data(as_text=True)
    assert "anon-3" not in only
    with unit_of_work(team.workspace_id):
        assert session.query(AuditEntry).filter_by(action="people.exported").count() == 2


def test_the_file_of_a_person_holds_everything(
    client: PageClient, team: Team, app_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    exports = [panels.PersonExport("things", lambda _: [{"n": 1}, {"n": 2}]), panels.PersonExport("none", lambda _: [])]
    monkeypatch.setattr(panels, "person_exports", exports)
    ines = a_person(team.workspace_id, app_id, "u1", anonymous_ids=("anon-1",), traits={"plan": "pro"})
    answer = client.get(f"/w/tidepool/people/{ines}/export")
    assert answer.mimetype == "application/json"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="person-{ines}.json"'
    told = json.loads(answer.get_data())
    assert told["person"]["user_id"] == "u1"
    assert told["person"]["traits"] == {"plan": "pro"}
    assert told["trait_sources"]["plan"]["said_by"] == "server"
    assert told["records"] == {"things": [{"n": 1}, {"n": 2}], "none": []}


def test_a_viewer_sees_and_takes_nothing_away(client: PageClient, team: Team, app_id: UUID) -> None:
    ines = a_person(team.workspace_id, app_id, "u1")
    client.sign_in(team.members["viewer"])
    assert "CSV" not in client.page("/w/tidepool/people").text
    page = client.page(f"/w/tidepool/people/{ines}")
    assert "Erase" not in page.text
    assert "Export" not in page.text
    for path in ("/w/tidepool/people/csv", f"/w/tidepool/people/{ines}/export"):
        assert client.get(path).status_code == 403
    assert client.submit(f"/w/tidepool/people/{ines}/erasures").status_code == 403


def test_a_member_exports_and_does_not_erase(client: PageClient, team: Team, app_id: UUID) -> None:
    ines = a_person(team.workspace_id, app_id, "u1")
    client.sign_in(team.members["member"])
    assert client.get(f"/w/tidepool/people/{ines}/export").status_code == 200
    assert "Erase" not in client.page(f"/w/tidepool/people/{ines}").text


def test_another_workspace_s_people_do_not_exist(client: PageClient, team: Team) -> None:
    others = a_team()
    stranger = a_person(others.workspace_id, an_app(others.workspace_id), "u1", traits={"name": "Stranger"})
    assert "Stranger" not in client.page("/w/tidepool/people").text
    assert client.get(f"/w/tidepool/people/{stranger}").status_code == 404
    assert "Stranger" not in client.page("/w/tidepool/search?q=stranger").text


def test_somebody_is_erased_in_a_dialog_that_names_them(client: PageClient, team: Team, app_id: UUID) -> None:
    ines = a_person(team.workspace_id, app_id, "u1", traits={"name": "Ines"})
    path = f"/w/tidepool/people/{ines}"
    page = client.page(path)
    assert "Erase Ines?" in page.text
    assert "This cannot be taken back." in page.text
    answer = client.post(f"{path}/erasures", data=page.posts()[f"{path}/erasures"])
    assert (answer.status_code, answer.location) == (303, path)
    page = client.page(path)
    assert "This person was erased" in page.text
    assert "Ines" not in page.text
    assert "Nobody yet" in client.page("/w/tidepool/people").text
    again = client.submit(f"{path}/erasures")
    assert again.status_code == 409


def test_an_app_with_people_stays(client: PageClient, team: Team, app_id: UUID) -> None:
    a_person(team.workspace_id, app_id, "u1")
    answer = client.submit(f"/w/tidepool/apps/{app_id}/deletions")
    assert answer.status_code == 409
    assert "Lagoon" in client.page("/w/tidepool/apps").text
    assert "has people" in Page(answer).text
