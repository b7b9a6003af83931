"""Apps in the back office: reviewed, refused, suspended and let in again, in their own workspaces."""

import csv
import io
from uuid import UUID

import pytest

from app.core.db import session
from app.core.tenancy import scope, unit_of_work
from app.factory import Guerdon
from app.workspaces.models import App
from tests.factories.workspaces import Team, a_team, a_workspace, an_app
from tests.staff.conftest import entries, the_entry
from tests.support.pages import PageClient


def path_to(team: Team, app_id: UUID, then: str = "") -> str:
    return f"/staff/apps/{team.workspace_id}/{app_id}{then}"


def status_of(team: Team, app_id: UUID) -> str:
    with unit_of_work(team.workspace_id):
        return session.get_one(App, (team.workspace_id, app_id)).status


def claim(workspace_id: UUID, name: str, identifier: str, status: str = "pending_review") -> UUID:
    app_id = an_app(workspace_id, name, platform="ios", status=status)
    with unit_of_work(), scope(workspace_id):
        session.get_one(App, (workspace_id, app_id)).identifier = identifier
    return app_id


def refusal(app_id: UUID, reason: str) -> dict[str, str]:
    return {f"suspension-{app_id.hex}-reason": reason}


@pytest.fixture
def tides(team: Team) -> UUID:
    return claim(team.workspace_id, "Tides", "com.tidepool.tides")


def test_the_queue_shows_who_else_claims_an_identifier(office: PageClient, team: Team, tides: UUID) -> None:
    other = a_workspace("impostor", name="Impostor Inc")
    claim(other, "Fake Tides", "com.tidepool.tides", "active")
    claim(other, "Something else", "com.impostor.else")
    page = office.page("/staff/apps")
    assert "2 apps wait for a decision" in page.text
    assert page.text.count("Same identifier") == 1
    assert "as Fake Tides of Impostor Inc, active" in page.text
    detail = office.page(path_to(team, tides))
    assert "Also claimed by another workspace" in detail.text
    assert "Fake Tides of Impostor Inc" in detail.text


def test_an_empty_queue_says_why(office: PageClient) -> None:
    assert "New apps are active at once." in office.page("/staff/apps").text
    office.submit("/staff/settings", {"review_new_apps": "y", "sign_up_open": "y"})
    assert "A new app waits here" in office.page("/staff/apps").text


def test_approving(app: Guerdon, office: PageClient, team: Team, tides: UUID, stella: UUID) -> None:
    assert office.submit(path_to(team, tides, "/approvals")).status_code == 303
    assert status_of(team, tides) == "active"
    entry = the_entry("app.approved")
    assert (entry.workspace_id, entry.actor) == (team.workspace_id, ("staff", stella))
    theirs = app.test_client().sign_in(team.owner)  # type: ignore[attr-defined]
    assert "Tides" in theirs.page(f"/w/{team.slug}/notifications").text
    assert office.submit(path_to(team, tides, "/approvals")).status_code == 409
    assert len(entries("app.approved")) == 1


def test_refusing_tells_the_developer_why(
    app: Guerdon, office: PageClient, team: Team, tides: UUID, stella: UUID
) -> None:
    response = office.submit(path_to(team, tides, "/suspensions"), refusal(tides, "The bundle ID is not yours."))
    assert response.location.endswith("/staff/apps")
    assert status_of(team, tides) == "suspended"
    entry = the_entry("app.suspended")
    assert (entry.workspace_id, entry.actor) == (team.workspace_id, ("staff", stella))
    theirs = app.test_client().sign_in(team.members["member"])  # type: ignore[attr-defined]
    assert "The bundle ID is not yours." in theirs.page(f"/w/{team.slug}/apps/{tides}").text


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_refusing_wants_a_reason(office: PageClient, team: Team, tides: UUID, reason: str) -> None:
    assert office.submit(path_to(team, tides, "/suspensions"), refusal(tides, reason)).status_code == 422
    assert status_of(team, tides) == "pending_review"
    assert entries("app.suspended") == []


def test_suspending_and_reinstating(office: PageClient, team: Team) -> None:
    app_id = an_app(team.workspace_id)
    path = path_to(team, app_id, "/suspensions")
    assert office.submit(path, refusal(app_id, "Spam.")).location.endswith(path_to(team, app_id))
    assert office.submit(path, refusal(app_id, "Spam.")).status_code == 422
    assert office.submit(path_to(team, app_id, "/approvals")).status_code == 409
    assert office.submit(path_to(team, app_id, "/reinstatements")).status_code == 303
    assert status_of(team, app_id) == "active"
    assert office.submit(path_to(team, app_id, "/reinstatements")).status_code == 409
    assert the_entry("app.reinstated").workspace_id == team.workspace_id


def test_an_app_under_another_workspace_does_not_exist(office: PageClient, tides: UUID) -> None:
    other = a_team()
    assert office.get(path_to(other, tides)).status_code == 404
    for then in ("/approvals", "/reinstatements", "/suspensions"):
        assert office.submit(path_to(other, tides, then), refusal(tides, "x")).status_code == 404


def test_all_apps_are_searched_and_narrowed(office: PageClient, team: Team, tides: UUID) -> None:
    an_app(team.workspace_id, "Site")
    for address in ("?q=com.tidepool", "?status=pending_review", "?platform=ios"):
        page = office.page(f"/staff/apps/all{address}")
        assert "Tides" in page.text
        assert "1–1 of 1" in page.text
    assert "1–2 of 2" in office.page(f"/staff/apps/all?q={team.slug}").text


def test_all_apps_come_as_csv(office: PageClient, team: Team, tides: UUID) -> None:
    rows = list(csv.DictReader(io.StringIO(office.get("/staff/apps/all?format=csv").get_data(as_text=True))))
    assert [(row["Identifier"], row["Workspace"]) for row in rows] == [("com.tidepool.tides", team.slug)]
