"""Workspaces in the back office: what they are, and what staff decide about them."""

import csv
import io
from uuid import UUID

import pytest

from app.core.db import session
from app.core.tenancy import scope, unit_of_work
from app.factory import Guerdon
from app.workspaces.models import App, Workspace
from app.workspaces.operations.keys import make_secret_key
from app.workspaces.operations.workspaces import delete_workspace
from tests.factories.workspaces import Team, a_team, a_workspace, an_app
from tests.staff.conftest import entries, the_entry
from tests.support.letters import letters_to
from tests.support.pages import PageClient
from tests.support.world import email_of


def path_to(workspace_id: UUID, then: str = "") -> str:
    return f"/staff/workspaces/{workspace_id}{then}"


def workspace_of(team: Team) -> Workspace:
    with unit_of_work():
        found = session.get_one(Workspace, team.workspace_id)
        session.expunge(found)
    return found


def test_it_is_found_by_the_beginning_of_name_or_address(office: PageClient) -> None:
    a_workspace("kiln-and-kettle", name="Kiln & Kettle")
    a_workspace("pier", name="North Pier")
    for text in ("kiln", "KILN &", "kiln-and"):
        page = office.page("/staff/workspaces", query_string={"q": text})
        assert "1–1 of 1" in page.text
        assert "Kiln & Kettle" in page.text
    assert "No workspace fits" in office.page("/staff/workspaces?q=kettle").text


def test_it_is_narrowed_by_state(office: PageClient, team: Team) -> None:
    assert "1–1 of 1" in office.page("/staff/workspaces?state=active&verified=no").text
    with unit_of_work():
        delete_workspace(team.workspace_id)
    assert "No workspace fits" in office.page("/staff/workspaces?state=active").text
    assert "Deleted" in office.page("/staff/workspaces?state=deleted").text


def test_it_counts_members_and_apps_also_as_csv(office: PageClient, team: Team) -> None:
    an_app(team.workspace_id)
    response = office.get("/staff/workspaces?format=csv")
    rows = list(csv.DictReader(io.StringIO(response.get_data(as_text=True))))
    assert [(row["Members"], row["Apps"], row["Verified"]) for row in rows] == [("4", "1", "no")]


def test_the_page_shows_what_lies_in_it(office: PageClient, team: Team) -> None:
    app_id = an_app(team.workspace_id, "Tides")
    with unit_of_work(), scope(team.workspace_id):
        minted = make_secret_key("Server", session.get_one(App, (team.workspace_id, app_id)), ["read"])
    page = office.page(path_to(team.workspace_id))
    for words in ("Tides", "Server", "Secret", email_of(team.owner), "key.made"):
        assert words in page.text
    assert minted.text not in page.response.get_data(as_text=True)


def test_verification_is_given_and_withdrawn(office: PageClient, team: Team, stella: UUID) -> None:
    assert office.submit(path_to(team.workspace_id, "/verifications")).status_code == 303
    assert workspace_of(team).verified
    entry = the_entry("workspace.verified")
    assert (entry.workspace_id, entry.actor) == (team.workspace_id, ("staff", stella))
    assert office.submit(path_to(team.workspace_id, "/verifications")).status_code == 409
    assert office.submit(path_to(team.workspace_id, "/verification-withdrawals")).status_code == 303
    assert not workspace_of(team).verified
    assert office.submit(path_to(team.workspace_id, "/verification-withdrawals")).status_code == 409


def test_suspending_closes_the_workspace_and_tells_its_owners(
    app: Guerdon, office: PageClient, team: Team, stella: UUID
) -> None:
    theirs = app.test_client().sign_in(team.owner)  # type: ignore[attr-defined]
    assert theirs.get(f"/w/{team.slug}/").status_code == 200
    office.submit(path_to(team.workspace_id, "/suspensions"), {"suspension-reason": "Refunded keys."})
    assert theirs.get(f"/w/{team.slug}/").status_code == 403
    entry = the_entry("workspace.suspended")
    assert (entry.workspace_id, entry.actor) == (team.workspace_id, ("staff", stella))
    assert "Refunded keys." in letters_to(email_of(team.owner))[-1].text
    assert letters_to(email_of(team.members["admin"])) == []
    again = office.submit(path_to(team.workspace_id, "/suspensions"), {"suspension-reason": "Again."})
    assert again.status_code == 422
    assert office.submit(path_to(team.workspace_id, "/reinstatements")).status_code == 303
    assert theirs.get(f"/w/{team.slug}/").status_code == 200
    assert "is open again" in letters_to(email_of(team.owner))[-1].subject
    assert office.submit(path_to(team.workspace_id, "/reinstatements")).status_code == 409


@pytest.mark.parametrize("reason", ["", " ", "x" * 501])
def test_suspending_wants_a_reason(office: PageClient, team: Team, reason: str) -> None:
    response = office.submit(path_to(team.workspace_id, "/suspensions"), {"suspension-reason": reason})
    assert response.status_code == 422
    assert workspace_of(team).status == "active"
    assert entries("workspace.suspended") == []


def test_a_deletion_is_called_off(office: PageClient, team: Team, stella: UUID) -> None:
    with unit_of_work():
        delete_workspace(team.workspace_id)
    assert "is erased for good on" in office.page(path_to(team.workspace_id)).text
    assert office.submit(path_to(team.workspace_id, "/restorations")).status_code == 303
    assert workspace_of(team).deleted_at is None
    entry = the_entry("workspace.restored")
    assert (entry.workspace_id, entry.actor) == (team.workspace_id, ("staff", stella))
    assert "is back" in letters_to(email_of(team.owner))[-1].subject
    assert office.submit(path_to(team.workspace_id, "/restorations")).status_code == 409


def test_nothing_of_another_workspace_is_shown(office: PageClient) -> None:
    ours, theirs = a_team(name="Ours"), a_team(name="Theirs")
    an_app(theirs.workspace_id, "Foreign")
    assert "Foreign" not in office.page(path_to(ours.workspace_id)).text
