"""The pages about a workspace itself."""

import pytest
from sqlalchemy import update

from app.core.db import session
from app.core.tenancy import unit_of_work
from app.workspaces.models import Workspace
from app.workspaces.operations.workspaces import delete_workspace
from tests.factories.workspaces import a_team, a_workspace, an_account
from tests.support.pages import Page, PageClient


def test_one_makes_a_workspace_and_is_in_it(client: PageClient) -> None:
    client.sign_in(an_account())
    answer = client.submit("/workspaces/new", {"name": "Tidepool Games", "slug": ""})
    assert (answer.status_code, answer.location) == (303, "/w/tidepool-games/")
    assert client.page("/w/tidepool-games/")


def test_the_same_form_twice_makes_two_addresses(client: PageClient) -> None:
    client.sign_in(an_account())
    answers = [client.submit("/workspaces/new", {"name": "Tidepool", "slug": ""}).location for _ in range(2)]
    assert answers == ["/w/tidepool/", "/w/tidepool-2/"]
    answer = client.submit("/workspaces/new", {"name": "Tidepool", "slug": "tidepool"})
    assert answer.status_code == 422
    page = Page(answer)
    assert "This address is taken" in page.text
    assert page.form("/workspaces/new")["name"] == "Tidepool"


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"name": ""},
        {"name": "   "},
        {"name": "\0"},
        {"name": "x" * 300},
        {"name": "Tidepool", "slug": "No Spaces"},
        {"name": "Tidepool", "slug": "x" * 500},
        {"name": "Tidepool", "slug": "\0"},
        {"name": "Tidepool", "slug": "admin"},
    ],
)
def test_bad_input_is_answered_at_the_field(client: PageClient, values: dict[str, str]) -> None:
    client.sign_in(an_account())
    answer = client.submit("/workspaces/new", values)
    if values == {"name": "Tidepool", "slug": "\0"}:
        assert answer.status_code == 303
    else:
        assert answer.status_code == 422


def test_the_address_is_suggested_while_it_is_empty(client: PageClient) -> None:
    client.sign_in(an_account())
    page = client.page("/workspaces/new/address?name=Tidepool+Games&slug=")
    assert page.by_id("slug").get("value") == "tidepool-games"
    page = client.page("/workspaces/new/address?name=Tidepool+Games&slug=mine")
    assert page.by_id("slug").get("value") == "mine"


def test_settings_are_saved_and_the_form_says_what_is_wrong(client: PageClient) -> None:
    team = a_team()
    client.sign_in(team.members["admin"])
    path = f"/w/{team.slug}/settings"
    values = client.page(path).form(f"{path}/profile")
    good = {**values, "name": "Renamed", "company_name": "Renamed GmbH", "timezone": "Europe/Berlin"}
    assert client.submit(f"{path}/profile", good).status_code == 303
    assert client.page(path).form(f"{path}/profile")["company_name"] == "Renamed GmbH"
    for wrong in (
        {"name": ""},
        {"timezone": "Mars/Olympus"},
        {"company_name": "x" * 256},
        {"contact_person": "x" * 256},
    ):
        assert client.submit(f"{path}/profile", {**good, **wrong}).status_code == 422
    assert client.get(f"{path}/profile").status_code == 405


def test_those_below_see_settings_and_no_form(client: PageClient) -> None:
    team = a_team()
    client.sign_in(team.members["viewer"])
    page = client.page(f"/w/{team.slug}/settings")
    assert "Owners and admins change these" in page.text
    assert f"/w/{team.slug}/settings/profile" not in {form.get("action") for form in page.all("form")}


def test_a_new_address_works_at_once_and_the_old_one_no_more(client: PageClient) -> None:
    team = a_team("old-address")
    client.sign_in(team.owner)
    assert "stop working at once" in client.page("/w/old-address/settings").text
    answer = client.submit("/w/old-address/settings/address", {"slug": "new-address"})
    assert answer.location == "/w/new-address/settings"
    assert client.page("/w/new-address/settings")
    assert client.get("/w/old-address/settings").status_code == 404
    a_workspace("taken-already")
    assert client.submit("/w/new-address/settings/address", {"slug": "taken-already"}).status_code == 422
    assert client.submit("/w/new-address/settings/address", {"slug": "new-address"}).status_code == 303


def test_deleting_asks_for_the_name(client: PageClient) -> None:
    team = a_team()
    client.sign_in(team.owner)
    path = f"/w/{team.slug}/settings/deletion"
    for typed in ("", "tidepool games", "Tidepool"):
        assert client.submit(path, {"confirm": typed}).status_code == 422
    assert client.submit(path, {"confirm": "Tidepool Games"}).location == "/workspaces"
    assert client.submit(path, {"confirm": "Tidepool Games"}).status_code == 404
    for page in ("", "apps", "keys", "members", "settings"):
        assert client.get(f"/w/{team.slug}/{page}").status_code == 404
    page = client.page("/workspaces")
    assert "Erased on" in page.text
    answer = client.submit(f"/workspaces/{team.slug}/restorations")
    assert answer.location == f"/w/{team.slug}/"
    assert client.page(f"/w/{team.slug}/")
    assert client.submit(f"/workspaces/{team.slug}/restorations").status_code == 404


def test_others_do_not_see_that_it_is_deleted(client: PageClient) -> None:
    team = a_team()
    with unit_of_work():
        delete_workspace(team.workspace_id)
    for role in ("admin", "viewer"):
        client.sign_in(team.members[role])
        assert "Tidepool" not in client.page("/workspaces").text
        assert client.submit(f"/workspaces/{team.slug}/restorations").status_code == 404


def test_one_leaves_but_not_as_the_last_owner(client: PageClient) -> None:
    team = a_team()
    client.sign_in(team.members["viewer"])
    assert client.submit(f"/w/{team.slug}/departures").location == "/workspaces"
    assert client.submit(f"/w/{team.slug}/departures").status_code == 404
    client.sign_in(team.owner)
    answer = client.submit(f"/w/{team.slug}/departures")
    assert answer.status_code == 409
    assert "at least one owner" in answer.text


@pytest.mark.parametrize("role", ["owner", "viewer"])
def test_a_suspended_workspace_says_so(client: PageClient, role: str) -> None:
    team = a_team()
    with unit_of_work():
        session.execute(update(Workspace).where(Workspace.id == team.workspace_id).values(status="suspended"))
    client.sign_in(team.members[role])
    for page in ("", "members", "settings"):
        assert "is suspended" in client.page(f"/w/{team.slug}/{page}", 403).title
    assert client.submit(f"/w/{team.slug}/settings/profile", {"name": "X"}).status_code == 403
    assert client.page("/workspaces")


def test_nobody_belongs_to_the_platforms_own_workspace(client: PageClient) -> None:
    client.sign_in(an_account(is_staff=True))
    assert client.get("/w/guerdon-platform/").status_code == 404


@pytest.mark.parametrize("slug", ["x", "%00", "Tidepool-Games", "a/b", "ä" * 300, "..", "%2e%2e"])
def test_an_address_that_is_none(client: PageClient, slug: str) -> None:
    client.sign_in(an_account())
    assert client.get(f"/w/{slug}/").status_code in (404, 308)
