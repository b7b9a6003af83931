"""The apps' pages: register, look, change, take away."""

from uuid import UUID

import pytest

from app.core.clock import now
from app.core.db import session
from app.core.platform_settings import change_platform_settings
from app.core.tenancy import unit_of_work
from app.workspaces.models import ApiKey, App
from app.workspaces.operations.apps import register_app, suspend_app
from app.workspaces.queries.apps import app_by_id, apps
from tests.factories.workspaces import Team, a_team, an_app
from tests.support.budget import counted
from tests.support.pages import Page, PageClient

NEW = {"name": "Tidepool", "platform": "ios", "identifier": "com.example.tidepool", "domain": "Tidepool.EXAMPLE"}


@pytest.fixture
def team(client: PageClient) -> Team:
    team = a_team("tidepool")
    client.sign_in(team.members["member"])
    return team


def all_apps(team: Team) -> list[App]:
    with unit_of_work(team.workspace_id):
        found = list(session.scalars(apps()))
        session.expunge_all()
    return found


def test_the_empty_list_offers_the_first_step(client: PageClient, team: Team) -> None:
    page = client.page("/w/tidepool/apps")
    assert "No app yet" in page.text
    assert any(link.get("href") == "/w/tidepool/apps/new" for link in page.all("a"))


def test_an_app_is_registered_with_its_publishable_key(client: PageClient, team: Team) -> None:
    answer = client.submit("/w/tidepool/apps/new", NEW)
    (app,) = all_apps(team)
    assert answer.status_code == 303
    assert answer.location == f"/w/tidepool/apps/{app.id}"
    assert (app.status, app.domain, app.is_test) == ("active", "tidepool.example", False)
    page = client.page(answer.location)
    assert "On iOS since" in page.text
    with unit_of_work(team.workspace_id):
        key = session.query(ApiKey).one()
        assert (key.kind, key.app_id) == ("publishable", app.id)
        assert key.public_value in page.text
    assert "http://localhost/v1/me" in page.text
    assert "registered an app Tidepool" in page.text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "Give the app a name."),
        ({"name": "x" * 256}, "within 255"),
        ({"name": "\u0000\u0007 "}, "Give the app a name."),
        ({"platform": ""}, "Choose where the app lives."),
        ({"platform": "amiga"}, "Choose one of these platforms."),
        ({"identifier": ""}, "Write the app’s identifier."),
        ({"identifier": "tide pool"}, "This is not a bundle ID, which looks like com.example.tidepool."),
        ({"identifier": "x" * 300}, "This is too long."),
        ({"platform": "web", "identifier": "https://tidepool.example"}, "Write it without https://"),
        ({"platform": "steam", "identifier": "12x"}, "not a Steam app ID"),
        ({"domain": "https://tidepool.example/x"}, "Write only the domain"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(
    client: PageClient, team: Team, changes: dict[str, str], words: str
) -> None:
    answer = client.submit("/w/tidepool/apps/new", NEW | changes)
    assert answer.status_code == 422
    page = Page(answer)
    assert words in page.text
    assert page.form("/w/tidepool/apps/new")["name"] == (NEW | changes)["name"].strip("\0\x07 ")
    assert all_apps(team) == []


def test_an_identifier_is_registered_once(client: PageClient, team: Team) -> None:
    client.submit("/w/tidepool/apps/new", NEW)
    answer = client.submit("/w/tidepool/apps/new", NEW)
    assert answer.status_code == 422
    assert "Another app of this workspace has this identifier" in Page(answer).text
    assert len(all_apps(team)) == 1


def test_another_platform_begins_from_the_same_app(client: PageClient, team: Team) -> None:
    app_id = an_app(team.workspace_id, "Tidepool")
    form = client.page(f"/w/tidepool/apps/new?like={app_id}").form("/w/tidepool/apps/new")
    assert form["name"] == "Tidepool"
    assert form["identifier"] == ""
    assert "platform" not in form


def test_where_new_apps_are_reviewed_they_wait(client: PageClient, team: Team) -> None:
    with unit_of_work():
        change_platform_settings(review_new_apps=True)
    answer = client.submit("/w/tidepool/apps/new", NEW)
    page = client.page(answer.location)
    assert "Staff of this installation look at new apps first" in page.text


def test_a_suspended_app_says_why(client: PageClient, team: Team) -> None:
    app_id = an_app(team.workspace_id)
    with unit_of_work(role="staff"):
        suspend_app(app_by_id(app_id), "It pretends to be somebody else.")
    assert "It pretends to be somebody else." in client.page(f"/w/tidepool/apps/{app_id}").text


def test_the_list_is_searched_filtered_sorted_and_taken_along(client: PageClient, team: Team) -> None:
    for name in ("Tidepool", "Lagoon", "=Reef"):
        an_app(team.workspace_id, name)
    assert client.page("/w/tidepool/apps?q=goo").text.count("Lagoon") == 1
    assert "Tidepool" not in client.page("/w/tidepool/apps?q=goo").by_id("rows").itertext()
    assert "No such app" in client.page("/w/tidepool/apps?state=suspended").text
    descending = client.page("/w/tidepool/apps?sort=-name").text
    assert descending.index("Tidepool") < descending.index("Lagoon")
    csv = client.get("/w/tidepool/apps?format=csv").get_data(as_text=True)
    assert '"\'=Reef"' in csv


@pytest.mark.parametrize("query", ["q=%F0%9F%8C%8A", "page=99999999999999999999", "page=-1", "state[]=1"])
def test_junk_in_the_address_is_passed_over(client: PageClient, team: Team, query: str) -> None:
    an_app(team.workspace_id)
    client.page(f"/w/tidepool/apps?{query}")


def test_an_app_is_changed(client: PageClient, team: Team) -> None:
    app_id = an_app(team.workspace_id)
    form = client.page(f"/w/tidepool/apps/{app_id}/settings").form(f"/w/tidepool/apps/{app_id}/settings")
    assert form["name"] == "Tidepool"
    answer = client.submit(
        f"/w/tidepool/apps/{app_id}/settings", {"name": "Tide pool", "identifier": "tide.example", "domain": ""}
    )
    assert answer.status_code == 303
    text = client.page(answer.location).text
    assert "name: Tidepool → Tide pool" in text
    assert "tide.example" in text


def test_changing_nothing_writes_nothing(client: PageClient, team: Team) -> None:
    app_id = an_app(team.workspace_id)
    with unit_of_work(team.workspace_id):
        identifier = app_by_id(app_id).identifier
    client.submit(f"/w/tidepool/apps/{app_id}/settings", {"name": "Tidepool", "identifier": identifier, "domain": ""})
    client.submit(f"/w/tidepool/apps/{app_id}/settings", {"name": "Tidepool", "identifier": identifier, "domain": ""})
    assert client.page(f"/w/tidepool/apps/{app_id}").text.count("changed an app") <= 1


def test_an_unused_app_is_deleted_with_its_keys(client: PageClient, team: Team) -> None:
    app = client.submit("/w/tidepool/apps/new", NEW).location
    assert client.submit(f"{app}/deletions").location == "/w/tidepool/apps"
    assert all_apps(team) == []
    client.page(app, 404)
    assert client.submit(f"{app}/deletions").status_code == 404


def test_an_app_in_use_stays(client: PageClient, team: Team) -> None:
    app = client.submit("/w/tidepool/apps/new", NEW).location
    with unit_of_work(team.workspace_id):
        session.query(ApiKey).one().last_used_at = now()
    answer = client.submit(f"{app}/deletions")
    assert answer.status_code == 409
    assert "Revoke that key first." in Page(answer).text
    assert len(all_apps(team)) == 1


@pytest.mark.parametrize(
    ("path", "method"),
    [("", "get"), ("/settings", "get"), ("/settings", "post"), ("/deletions", "post")],
)
def test_another_workspace_s_app_does_not_exist(client: PageClient, team: Team, path: str, method: str) -> None:
    strange = an_app(a_team().workspace_id)
    call = client.submit if method == "post" else client.get
    assert call(f"/w/tidepool/apps/{strange}{path}").status_code == 404


def test_viewers_read(client: PageClient, team: Team) -> None:
    app_id: UUID = an_app(team.workspace_id)
    client.sign_in(team.members["viewer"])
    page = client.page(f"/w/tidepool/apps/{app_id}")
    assert not page.all("a", href=f"/w/tidepool/apps/{app_id}/settings")
    assert client.submit("/w/tidepool/apps/new", NEW).status_code == 403
    assert client.submit(f"/w/tidepool/apps/{app_id}/deletions").status_code == 403
    assert client.get(f"/w/tidepool/apps/{app_id}/deletions").status_code == 405


@pytest.mark.parametrize("place", ["apps", "keys"])
def test_a_list_asks_as_much_for_many_as_for_few(client: PageClient, team: Team, place: str) -> None:
    asked = []
    for apps_more in (1, 20):
        for number in range(apps_more):
            with unit_of_work(team.workspace_id):
                register_app(name="Tidepool", platform="steam", identifier=str(apps_more * 100 + number))
        with counted() as statements:
            client.page(f"/w/tidepool/{place}")
        asked.append(len(statements))
    assert asked[0] == asked[1] <= 9
