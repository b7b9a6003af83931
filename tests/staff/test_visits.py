"""The one way for staff to act inside a workspace: a visit, with a reason, seen by all, and over after an hour."""

from datetime import timedelta
from uuid import UUID

import pytest

from app.core.clock import freeze, now
from app.core.db import session
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from app.workspaces.models import Membership, StaffVisit
from app.workspaces.operations.workspaces import delete_workspace
from tests.factories.workspaces import Team, a_team
from tests.staff.conftest import entries, the_entry
from tests.support.pages import PageClient

REASON = {"visit-reason": "Ines asked why her key is refused."}


def begin(office: PageClient, team: Team, **values: str) -> int:
    return office.submit(f"/staff/workspaces/{team.workspace_id}/visits", {**REASON, **values}).status_code


def test_without_a_visit_there_is_nothing(office: PageClient, team: Team) -> None:
    assert office.get(f"/w/{team.slug}/").status_code == 404
    assert office.get(f"/w/{team.slug}/members").status_code == 404


def test_a_visit_opens_the_workspace_under_a_banner(office: PageClient, team: Team, stella: UUID) -> None:
    response = office.submit(f"/staff/workspaces/{team.workspace_id}/visits", REASON)
    assert response.location.endswith(f"/w/{team.slug}/")
    page = office.page(f"/w/{team.slug}/")
    assert "You are visiting Tidepool Games as staff." in page.text
    assert "Ines asked why her key is refused." in page.text
    entry = the_entry("visit.began")
    assert (entry.workspace_id, entry.actor) == (team.workspace_id, ("staff", stella))
    assert entry.details == {"reason": "Ines asked why her key is refused."}


def test_its_members_see_it(app: Guerdon, office: PageClient, team: Team) -> None:
    begin(office, team)
    theirs = app.test_client().sign_in(team.owner)  # type: ignore[attr-defined]
    assert "Stella" in theirs.page(f"/w/{team.slug}/activity").text


def test_what_is_done_on_it_is_signed_as_staff(office: PageClient, team: Team, stella: UUID) -> None:
    begin(office, team)
    form = office.page(f"/w/{team.slug}/settings").form(f"/w/{team.slug}/settings/profile")
    response = office.submit(f"/w/{team.slug}/settings/profile", {**form, "name": "Tidepool Studios"})
    assert response.status_code == 303
    entry = the_entry("workspace.changed")
    assert (entry.workspace_id, entry.actor) == (team.workspace_id, ("staff", stella))


def test_it_opens_this_workspace_alone(office: PageClient, team: Team) -> None:
    other = a_team()
    begin(office, team)
    assert office.get(f"/w/{other.slug}/").status_code == 404
    assert begin(office, other) == 422
    assert len(entries("visit.began")) == 1


def test_beginning_twice_goes_on_with_it(office: PageClient, team: Team) -> None:
    assert begin(office, team) == 303
    assert begin(office, team) == 303
    assert len(entries("visit.began")) == 1
    page = office.page(f"/staff/workspaces/{team.workspace_id}")
    assert "You are visiting this workspace" in page.text
    assert "Go on visiting" in page.text


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_it_wants_a_reason(office: PageClient, team: Team, reason: str) -> None:
    assert begin(office, team, **{"visit-reason": reason}) == 422
    assert office.get(f"/w/{team.slug}/").status_code == 404


@pytest.mark.parametrize("where", ["staff", "workspace"])
def test_it_ends(office: PageClient, team: Team, where: str) -> None:
    begin(office, team)
    inside, outside = f"/w/{team.slug}/visit/endings", f"/staff/workspaces/{team.workspace_id}/visit-endings"
    assert office.submit(outside if where == "staff" else inside).status_code == 303
    assert office.get(f"/w/{team.slug}/").status_code == 404
    assert the_entry("visit.ended").workspace_id == team.workspace_id
    assert office.submit(outside).status_code == 303
    assert len(entries("visit.ended")) == 1


def test_it_ends_by_itself(office: PageClient, team: Team) -> None:
    other = a_team()
    begin(office, team)
    with freeze(now() + timedelta(minutes=61)):
        assert office.get(f"/w/{team.slug}/").status_code == 404
        assert begin(office, other) == 303
        assert office.get(f"/w/{other.slug}/").status_code == 200
    assert len(entries("visit.ended")) == 1


def test_members_go_in_as_themselves(office: PageClient, team: Team, stella: UUID) -> None:
    with unit_of_work():
        session.add(Membership(account_id=stella, workspace_id=team.workspace_id, role="viewer"))
    assert begin(office, team) == 422
    assert office.get(f"/w/{team.slug}/").status_code == 200


def test_who_is_no_longer_staff_is_out_at_once(office: PageClient, team: Team, stella: UUID) -> None:
    begin(office, team)
    office.submit(f"/staff/accounts/{stella}/staff-withdrawals")
    office.sign_in(stella)
    assert office.get(f"/w/{team.slug}/").status_code == 404


def test_what_was_deleted_cannot_be_visited(office: PageClient, team: Team) -> None:
    with unit_of_work():
        delete_workspace(team.workspace_id)
    assert begin(office, team) == 422


def test_what_is_suspended_can(office: PageClient, team: Team) -> None:
    office.submit(f"/staff/workspaces/{team.workspace_id}/suspensions", {"suspension-reason": "Look into it."})
    assert begin(office, team) == 303
    assert office.get(f"/w/{team.slug}/").status_code == 200


def test_a_visitor_does_not_own(office: PageClient, team: Team) -> None:
    begin(office, team)
    assert office.get(f"/w/{team.slug}/settings/deletion").status_code == 403
    with unit_of_work():
        assert session.query(StaffVisit).filter_by(ended_at=None).count() == 1
