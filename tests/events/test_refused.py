"""What could not be taken as an event: why, and how to mend it."""

import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.core.tenancy import unit_of_work
from app.events.accepted import Rejected
from app.events.mending import MENDING, USUAL, advice
from app.events.operations.intake import checked, remember
from tests.factories.workspaces import Team, a_team, an_app
from tests.support.budget import counted
from tests.support.pages import Page, PageClient

EVENTS = Path(__file__).parents[2] / "app" / "events"
HOSTILE = "</code><script>alert(1)</script> \u202egnp.exe {{ 7*7 }}"


@pytest.fixture
def team(client: PageClient) -> Team:
    team = a_team()
    client.sign_in(team.owner)
    return team


@pytest.fixture
def app_id(team: Team) -> UUID:
    return an_app(team.workspace_id, "Tidepool")


def send(team: Team, app_id: UUID, trust: str = "server", **raw: Any) -> None:
    refused = checked(raw)
    assert isinstance(refused, Rejected)
    with unit_of_work(team.workspace_id):
        remember(app_id, trust, [refused])


def lines(page: Page) -> list[str]:
    rows = [row for body in page.all("tbody") for row in body.iter("tr")]
    return [re.sub(r"\s+", " ", "".join(row.itertext())).strip() for row in rows]


def refused(client: PageClient, team: Team, query: str = "") -> Page:
    return client.page(f"/w/{team.slug}/events/refused{query}")


def test_each_stands_there_with_reason_advice_and_beginning(client: PageClient, team: Team, app_id: UUID) -> None:
    send(team, app_id, type="track", event="level_completed", properties={"level": 12})
    send(team, app_id, "browser", type="track", userId="u1")
    unnamed, nobody = lines(refused(client, team))
    assert "Say whose event it is" in nobody
    assert advice("identity_missing") in nobody
    assert "level_completed" in nobody
    assert '"level": 12' in nobody
    assert "Tidepool" in nobody
    assert "A track call names its event" in unnamed
    assert "Browser" in unnamed


def test_it_is_narrowed_by_reason_and_app(client: PageClient, team: Team, app_id: UUID) -> None:
    other = an_app(team.workspace_id, "Lagoon")
    send(team, app_id, type="track", userId="u1")
    send(team, other, type="track", userId="u1")
    send(team, other, type="what", userId="u1")
    assert len(lines(refused(client, team, "?code=name_missing"))) == 2
    assert len(lines(refused(client, team, f"?app={other}"))) == 2
    assert len(lines(refused(client, team, f"?app={other}&code=type_unknown"))) == 1
    assert len(lines(refused(client, team, "?app=junk&before=junk&after=junk"))) == 3
    page = refused(client, team, "?code=nothing")
    assert "Nothing of that kind" in page.text
    counts = {link.get("href"): "".join(link.itertext()).split() for link in page.all("a", class_="filter")}
    assert counts[f"/w/{team.slug}/events/refused?code=name_missing"] == ["name_missing", "2"]


def test_one_reads_on_page_by_page(client: PageClient, team: Team, app_id: UUID) -> None:
    for number in range(53):
        send(team, app_id, type="track", userId=f"u{number}")
    first = refused(client, team)
    second = client.page(next(link.get("href") or "" for link in first.all("a", rel="next")))
    assert (len(lines(first)), len(lines(second))) == (50, 3)
    assert '"u52"' in lines(first)[0]
    assert '"u0"' in lines(second)[-1]


def test_what_strangers_send_stays_text(client: PageClient, team: Team, app_id: UUID) -> None:
    send(team, app_id, type="track", event=HOSTILE, properties={HOSTILE: HOSTILE})
    page = refused(client, team, f"?code={HOSTILE}")
    assert "Nothing of that kind" in page.text
    page = refused(client, team)
    code = "".join("".join(element.itertext()) for element in page.all("code"))
    assert "alert(1)" in code
    assert "\u202e" not in code


def test_those_of_others_are_not_there(client: PageClient, team: Team) -> None:
    elsewhere = a_team()
    their_app = an_app(elsewhere.workspace_id)
    send(elsewhere, their_app, type="track", userId="u1")
    assert "Nothing was refused" in refused(client, team).text
    assert lines(refused(client, team, f"?app={their_app}")) == []


def test_the_page_asks_a_bounded_number_of_questions(client: PageClient, team: Team, app_id: UUID) -> None:
    asked = {}
    for size in (1, 40):
        for number in range(size):
            send(team, app_id, type="track", userId=f"u{number}")
        refused(client, team)
        with counted() as statements:
            refused(client, team)
        asked[size] = len(statements)
    assert asked[1] == asked[40] <= 12


def test_for_every_reason_there_is_advice() -> None:
    """A reason that somebody adds tomorrow wants its advice tomorrow."""
    source = "".join(path.read_text() for path in EVENTS.rglob("*.py"))
    codes = set(re.findall(r'Unfit\(\s*"([a-z_]+)"', source))
    assert "name_missing" in codes
    assert codes - MENDING.keys() == set()
    assert MENDING.keys() - codes == set()
    assert advice("something_new") == USUAL
