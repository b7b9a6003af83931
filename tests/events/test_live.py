"""The event debugger: what arrives, narrowed, opened, and followed."""

import re
from datetime import timedelta
from uuid import UUID
from xml.etree.ElementTree import Element

import pytest

from app.core.clock import now
from app.core.ids import new_id
from app.core.tenancy import unit_of_work
from app.events.queries import lists, looking
from app.events.queries.lists import Wanted, find_events, processed_events
from app.events.queries.looking import Window
from tests.factories.events import a_failure, an_event, worked_off
from tests.factories.people import a_person
from tests.factories.workspaces import Team, a_team, an_app
from tests.support.budget import counted
from tests.support.pages import Page, PageClient

PART = {"HX-Request": "true", "HX-Request-Type": "partial"}
HOSTILE = '<img src=x onerror=alert(1)> \u202egnp.exe \U0001f469\u200d\U0001f680 "quoted" {{ 7*7 }}'


@pytest.fixture
def team(client: PageClient) -> Team:
    team = a_team()
    client.sign_in(team.owner)
    return team


@pytest.fixture
def app_id(team: Team) -> UUID:
    return an_app(team.workspace_id, "Tidepool")


def live(client: PageClient, team: Team, query: str = "") -> Page:
    return client.page(f"/w/{team.slug}/events/live{query}")


def rows(page: Page) -> list[Element]:
    return [row for row in page.all("tr") if (row.get("id") or "").startswith("event-")]


def names(page: Page) -> list[str]:
    return ["".join(row.findall("th/a")[0].itertext()).strip() for row in rows(page)]


def following(page: Page, rel: str = "next") -> str:
    return next(link.get("href") or "" for link in page.all("a", rel=rel))


def test_newest_first_with_who_from_where_and_how_far(client: PageClient, team: Team, app_id: UUID) -> None:
    person_id = a_person(team.workspace_id, app_id, "u1", traits={"name": "Ana Reis"})
    an_event(team.workspace_id, app_id, "first", properties={"level": 3})
    worked_off(team.workspace_id)
    an_event(team.workspace_id, app_id, "second", user_id=None, anonymous_id="anon-1", trust="browser")
    a_failure(team.workspace_id, app_id, name="third")
    page = live(client, team)
    assert names(page) == ["third", "second", "first"]
    third, second, first = (re.sub(r"\s+", " ", "".join(row.itertext())) for row in rows(page))
    assert "Failed" in third
    assert "anon-1" in second
    assert "Browser" in second
    assert "Waiting" in second
    assert "Ana Reis" in first
    assert "Processed" in first
    assert '{"level": 3}' in first
    links = [link.get("href") for link in rows(page)[2].iter("a")]
    assert f"/w/{team.slug}/people/{person_id}" in links


def test_each_filter_and_all_of_them_together(client: PageClient, team: Team, app_id: UUID) -> None:
    other = an_app(team.workspace_id, "Lagoon")
    person_id = a_person(team.workspace_id, app_id, "u1", anonymous_ids=("anon-1",))
    an_event(team.workspace_id, app_id, "level", user_id="u1", anonymous_id="anon-1")
    an_event(team.workspace_id, app_id, "page", user_id=None, anonymous_id="anon-1")
    an_event(team.workspace_id, app_id, "page", user_id="u2", anonymous_id="anon-1")
    an_event(team.workspace_id, other, "level", user_id="u1")
    worked_off(team.workspace_id)
    an_event(team.workspace_id, other, "shop", user_id="u3")
    a_failure(team.workspace_id, app_id, name="sale", user_id="u2")
    asked = {
        "": ["sale", "shop", "level", "page", "page", "level"],
        f"?app={other}": ["shop", "level"],
        "?name=page": ["page", "page"],
        f"?name=level&app={app_id}": ["level"],
        "?who=u1": ["level", "level"],
        "?who=anon-1": ["page", "page", "level"],
        f"?person={person_id}": ["page", "level"],
        f"?person={person_id}&name=page": ["page"],
        "?status=waiting": ["shop"],
        "?status=failed": ["sale"],
        "?status=failed&who=u1": [],
        "?status=processed": ["level", "page", "page", "level"],
        "?status=processed&name=page&who=u2": ["page"],
        f"?status=processed&name=level&who=u1&app={other}": ["level"],
        "?name=nothing": [],
        "?app=junk&status=junk&before=junk&after=junk&event=junk": ["sale", "shop", "level", "page", "page", "level"],
    }
    assert {query: names(live(client, team, query)) for query in asked} == asked
    assert "No event fits" in live(client, team, "?name=nothing").text


def test_one_reads_on_page_by_page_and_back(client: PageClient, team: Team, app_id: UUID) -> None:
    for number in range(104):
        an_event(team.workspace_id, app_id, f"event-{number:03}")
    first = live(client, team)
    second = client.page(following(first))
    third = client.page(following(second))
    assert names(first) + names(second) + names(third) == [f"event-{number:03}" for number in reversed(range(104))]
    assert not third.all("a", rel="next")
    assert names(client.page(following(third, "prev"))) == names(second)
    assert names(client.page(following(second, "prev"))) == names(first)
    assert "data-live" in first.by_id("live").keys()  # noqa: SIM118
    assert "data-live" not in second.by_id("live").keys()  # noqa: SIM118


def test_a_look_that_ends_early_says_so_and_goes_on(
    client: PageClient, team: Team, app_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "LOOKED_THROUGH", 60)
    an_event(team.workspace_id, app_id, "rare", user_id="u1")
    for _ in range(100):
        an_event(team.workspace_id, app_id, "common", user_id="u1")
    an_event(team.workspace_id, app_id, "rare", user_id="u1")
    page = live(client, team, "?who=u1&name=rare")
    assert "Looked through the newest" in page.text
    found = [names(page)]
    while page.all("a", rel="next"):
        page = client.page(following(page))
        found.append(names(page))
    assert found[0] == ["rare"]
    assert [name for part in found for name in part] == ["rare", "rare"]
    assert len(found) > 1


@pytest.mark.parametrize("upward", [False, True])
def test_paging_meets_every_event_once_whatever_is_asked(
    team: Team, app_id: UUID, upward: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "LOOKED_THROUGH", 9)
    monkeypatch.setattr(lists, "LARGE_PAGE", 4)
    monkeypatch.setattr(lists, "PAGES_LOOKED_THROUGH", 2)
    other = an_app(team.workspace_id)
    made = [
        an_event(
            team.workspace_id,
            other if number % 3 else app_id,
            "even" if number % 2 == 0 else "odd",
            user_id=f"u{number % 2}",
            anonymous_id=f"a{number % 5}",
        )
        for number in range(40)
    ]
    worked_off(team.workspace_id)
    waiting = [an_event(team.workspace_id, app_id, "odd", user_id="u1") for _ in range(5)]
    asked = {
        "name": (Wanted([app_id, other], name="even"), made[::2]),
        "app and name": (Wanted([app_id], is_one_app=True, name="even"), made[::6]),
        "somebody's of a name": (
            Wanted([app_id, other], user_ids=["u0"], anonymous_ids=["a1"], name="odd"),
            made[1::10],
        ),
        "waiting": (Wanted([app_id, other], state="waiting", user_ids=["u1"]), waiting),
        "processed": (Wanted([app_id, other]), made),
    }
    for what, (wanted, expected) in asked.items():
        find = processed_events if what == "processed" else find_events
        with unit_of_work(team.workspace_id):
            assert walked(find, wanted, upward) == sorted(expected), what


def walked(find: object, wanted: Wanted, upward: bool) -> list[UUID]:
    """Every id that is met by going on from page to page."""
    met: list[UUID] = []
    at: UUID | None = UUID(int=0) if upward else None
    for _ in range(100):
        window = Window(3, above=at) if upward else Window(3, below=at)
        found = find(wanted, window)  # type: ignore[operator]
        met += found.ids
        at = (found.ids[0] if upward else found.ids[-1]) if found.has_more else found.looked_to
        if at is None:
            break
    assert len(met) == len(set(met))
    return sorted(met)


def test_what_is_drawn_is_sent_once(client: PageClient, team: Team, app_id: UUID) -> None:
    an_event(team.workspace_id, app_id, "first")
    path = f"/w/{team.slug}/events/live"
    whole, part = client.get(path), client.get(path, headers=PART)
    assert whole.headers["ETag"] != part.headers["ETag"]
    assert "<main" not in part.get_data(as_text=True)
    assert "no-cache" in part.headers["Cache-Control"]
    known = {**PART, "If-None-Match": part.headers["ETag"]}
    assert client.get(path, headers=known).status_code == 304
    worked_off(team.workspace_id)
    answer = client.get(path, headers=known)
    assert answer.status_code == 200
    assert "Processed" in answer.get_data(as_text=True)
    # Whoever loads the page anew gets a page.
    assert client.get(path, headers={"If-None-Match": part.headers["ETag"]}).status_code == 200


def test_an_event_opens_in_the_list_which_stands_still(client: PageClient, team: Team, app_id: UUID) -> None:
    an_event(team.workspace_id, app_id, "older")
    an_event(team.workspace_id, app_id, "opened", properties={"colour": "blue"})
    an_event(team.workspace_id, app_id, "newer")
    worked_off(team.workspace_id)
    opener = rows(live(client, team))[1].findall("th/a")[0]
    an_event(team.workspace_id, app_id, "newest")
    page = client.page(opener.get("href") or "")
    assert names(page) == ["newer", "opened", "older"]
    assert '"colour": "blue"' in "".join(page.by_id("opened").itertext())
    assert "data-live" not in page.by_id("live").keys()  # noqa: SIM118
    closer = rows(page)[1].findall("th/a")[0]
    assert closer.get("aria-expanded") == "true"
    assert names(client.page(following(page, "prev"))) == ["newest"]


def test_a_link_to_an_open_event_begins_the_list_with_it(client: PageClient, team: Team, app_id: UUID) -> None:
    opened = an_event(team.workspace_id, app_id, "opened")
    for _ in range(55):
        an_event(team.workspace_id, app_id, "newer")
    assert names(live(client, team, f"?event={opened}")) == ["opened"]


def test_an_event_says_what_it_caused(client: PageClient, team: Team, app_id: UUID) -> None:
    made = an_event(team.workspace_id, app_id, user_id="u1", message_id="m-77", at=now() - timedelta(minutes=5))
    again = an_event(team.workspace_id, app_id, user_id="u1", context={"os": {"name": "iOS"}})
    worked_off(team.workspace_id)
    page = client.page(f"/w/{team.slug}/events/{made}")
    assert "A new person" in page.text
    assert "m-77" in page.text
    assert "5 min 0 s" in page.text
    second = client.page(f"/w/{team.slug}/events/{again}").text
    assert "Counted. Nothing else watches this name." in second
    assert '"name": "iOS"' in second


def test_an_event_is_followed_while_it_waits(client: PageClient, team: Team, app_id: UUID) -> None:
    event_id = an_event(team.workspace_id, app_id)
    path = f"/w/{team.slug}/events/{event_id}"
    page = client.page(path)
    assert "Waits to be worked off" in page.text
    assert page.by_id("outcome").get("hx-get") == path
    worked_off(team.workspace_id)
    outcome = client.page(path, headers=PART)
    assert not outcome.is_whole
    assert outcome.by_id("outcome").get("hx-get") is None


@pytest.mark.parametrize("path", ["live?event={}", "{}"])
def test_an_event_of_others_does_not_exist(client: PageClient, team: Team, path: str) -> None:
    elsewhere = a_team()
    foreign = an_event(elsewhere.workspace_id, an_app(elsewhere.workspace_id))
    for event_id in (foreign, new_id()):
        client.page(f"/w/{team.slug}/events/{path.format(event_id)}", 404)


def test_filters_do_not_reach_into_other_workspaces(client: PageClient, team: Team, app_id: UUID) -> None:
    elsewhere = a_team()
    their_app = an_app(elsewhere.workspace_id)
    a_person(elsewhere.workspace_id, their_app, "u1")
    an_event(elsewhere.workspace_id, their_app, "theirs", user_id="u1")
    an_event(team.workspace_id, app_id, "ours", user_id="u1")
    for query in ("", "?who=u1", f"?app={their_app}", "?status=waiting"):
        assert names(live(client, team, query)) == ["ours"]
    assert names(live(client, team, "?name=theirs")) == []


def test_a_person_of_others_is_no_filter(client: PageClient, team: Team) -> None:
    elsewhere = a_team()
    foreign = a_person(elsewhere.workspace_id, an_app(elsewhere.workspace_id), "u1")
    client.page(f"/w/{team.slug}/events/live?person={foreign}", 404)


def test_what_strangers_send_stays_text(client: PageClient, team: Team, app_id: UUID) -> None:
    large = {"text": "ش" * 15_000, "deep": {"a": {"b": [HOSTILE]}}, HOSTILE: HOSTILE}
    event_id = an_event(
        team.workspace_id, app_id, HOSTILE, user_id=HOSTILE, anonymous_id="\u202ereversed", properties=large
    )
    worked_off(team.workspace_id)
    for path in ("live", f"live?event={event_id}", str(event_id), f"live?name={HOSTILE}", f"live?who={HOSTILE}"):
        page = client.page(f"/w/{team.slug}/events/{path}")
        assert not [image for image in page.all("img") if image.get("src") == "x"]
        assert "49" not in "".join(row for code in page.all("code") for row in code.itertext() if "7*7" not in row)
    code = "".join(
        "".join(element.itertext()) for element in client.page(f"/w/{team.slug}/events/{event_id}").all("code")
    )
    assert "\u202e" not in code
    assert "\\u202e" in code


def test_an_empty_workspace_is_led_on(client: PageClient, team: Team) -> None:
    page = live(client, team)
    assert "No event has come yet" in page.text
    assert any("/apps/new" in (link.get("href") or "") for link in page.all("a"))
    an_app(team.workspace_id)
    assert any("/events/test" in (link.get("href") or "") for link in live(client, team).all("a"))


def test_the_list_asks_a_bounded_number_of_questions(client: PageClient, team: Team, app_id: UUID) -> None:
    asked = {}
    for size in (2, 60):
        for number in range(size):
            an_event(team.workspace_id, app_id, f"event-{number % 7}", user_id=f"u{number}", anonymous_id=f"a{number}")
        worked_off(team.workspace_id)
        live(client, team)
        with counted() as statements:
            live(client, team)
        asked[size] = len(statements)
    assert asked[2] == asked[60]
    assert asked[60] <= 18


def test_search_finds_names_and_events_by_their_id(client: PageClient, team: Team, app_id: UUID) -> None:
    event_id = an_event(team.workspace_id, app_id, "Level completed")
    worked_off(team.workspace_id)
    found = client.page(f"/w/{team.slug}/search?q=level")
    assert any("events/live?name=Level+completed" in (link.get("href") or "") for link in found.all("a"))
    found = client.page(f"/w/{team.slug}/search?q={event_id}")
    assert any((link.get("href") or "").endswith(f"/events/{event_id}") for link in found.all("a"))
