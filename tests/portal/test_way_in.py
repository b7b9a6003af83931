"""Where `/` leads, what the frame offers, and search."""

import pytest

from app.core.db import session
from app.core.tenancy import unit_of_work
from app.workspaces.models import Membership
from tests.factories.workspaces import a_team, a_workspace, an_account, an_app
from tests.support.pages import Page, PageClient


def test_strangers_read_what_this_is(client: PageClient) -> None:
    assert "/sign-up" in {link.get("href") for link in client.page("/").all("a")}


def test_who_has_one_workspace_is_in_it(client: PageClient) -> None:
    team = a_team()
    client.sign_in(team.members["viewer"])
    assert client.get("/").location == f"/w/{team.slug}/"


def test_who_has_none_makes_one(client: PageClient) -> None:
    client.sign_in(an_account())
    assert client.get("/").location == "/workspaces/new"
    assert "No workspace yet" in client.page("/workspaces").text


def test_who_has_several_chooses(client: PageClient) -> None:
    ines = an_account()
    for name in ("One", "Two"):
        a_workspace(name=name, owner=ines)
    client.sign_in(ines)
    assert client.get("/").location == "/workspaces"
    text = client.page("/workspaces").text
    assert "One" in text
    assert "Two" in text


def rail(page: Page) -> list[str]:
    (nav,) = page.all("nav", aria_label="Main")
    links = [link for item in nav.iter("li") for link in item.iter("a") if link.get("class") == "rail-item"]
    return ["".join(link.itertext()).strip() for link in links]


def test_the_rail_shows_what_there_is_and_where_one_is(client: PageClient) -> None:
    team = a_team()
    client.sign_in(team.members["viewer"])
    page = client.page(f"/w/{team.slug}/members")
    assert rail(page) == ["Home", "Points", "People", "Events", "Apps", "Keys", "Webhooks", "Team", "Activity"]
    (nav,) = page.all("nav", aria_label="Main")
    current = [link for link in nav.iter("a") if link.get("aria-current") == "page"]
    assert [link.get("href") for link in current] == [f"/w/{team.slug}/members"]


def test_one_switches_to_ones_other_workspaces(client: PageClient) -> None:
    team = a_team()
    other = a_workspace("other-one", name="Other One", owner=an_account("Otto"))
    client.sign_in(team.owner)
    assert "/w/other-one/" not in {link.get("href") for link in client.page(f"/w/{team.slug}/").all("a")}
    with unit_of_work():
        session.add(Membership(account_id=team.owner, workspace_id=other, role="viewer"))
    assert "/w/other-one/" in {link.get("href") for link in client.page(f"/w/{team.slug}/").all("a")}


def hits(page: Page) -> list[str]:
    found = [link for link in page.all("a") if link.get("data-hit") is not None]
    return [" ".join("".join(part.itertext()) for part in link if part.tag in {"span", "small"}) for link in found]


def test_with_nothing_typed_search_offers_places(client: PageClient) -> None:
    team = a_team()
    client.sign_in(team.members["viewer"])
    found = hits(client.page(f"/w/{team.slug}/search"))
    assert "Apps Page" in found
    assert not [hit for hit in found if hit.startswith(("Invite", "Make", "Delete"))]
    client.sign_in(team.owner)
    assert "Invite somebody Action" in hits(client.page(f"/w/{team.slug}/search"))


def test_search_finds_apps_and_people_of_this_workspace(client: PageClient) -> None:
    team, other = a_team(), a_team()
    an_app(team.workspace_id, "Ownable Quest")
    an_app(other.workspace_id, "Ownership Wars")
    client.sign_in(team.members["viewer"])
    found = hits(client.page(f"/w/{team.slug}/search?q=own"))
    assert any(hit.startswith("Ownable Quest") for hit in found)
    assert any(hit.startswith("Owner ") for hit in found)
    assert not any("Wars" in hit for hit in found)


def test_the_palette_gets_the_hits_alone(client: PageClient) -> None:
    team = a_team()
    client.sign_in(team.owner)
    answer = client.get(f"/w/{team.slug}/search?q=team", headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    assert "<html" not in answer.text
    assert hits(Page(answer)) == ["Team Page"]


@pytest.mark.parametrize("query", ["%25", "_", "'", '"<script>', "\\", "zzz", "x" * 500, "%F0%9F%98%80"])
def test_search_takes_anything(client: PageClient, query: str) -> None:
    team = a_team()
    client.sign_in(team.owner)
    assert hits(client.page(f"/w/{team.slug}/search?q={query}")) == []
