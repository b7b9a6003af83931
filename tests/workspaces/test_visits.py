"""Staff inside a workspace: visible, for a reason, and not for long."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from app.accounts.models import Account
from app.core.actor import Actor
from app.core.clock import freeze, now
from app.core.db import session
from app.core.errors import Conflict, Denied
from app.core.tables import AuditEntry
from app.core.tenancy import SYSTEM_WORKSPACE, unit_of_work
from app.factory import Guerdon
from app.notifications.models import Notification
from app.workspaces.jobs import end_overdue_visits
from app.workspaces.models import Membership, StaffVisit, Workspace
from app.workspaces.operations.visits import begin_visit, end_visit
from tests.factories.workspaces import Team, a_team, an_account
from tests.support.pages import PageClient

REASON = "Support request 4211"


def visit(team: Team, staff: UUID, reason: str = REASON) -> UUID:
    with unit_of_work(role="staff", actor=Actor("staff", staff)):
        account, workspace = session.get_one(Account, staff), session.get_one(Workspace, team.workspace_id)
        return begin_visit(account, workspace, reason).id


def entries(team: Team) -> list[tuple[str, str, UUID | None]]:
    with unit_of_work(team.workspace_id):
        rows = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return [(row.action, row.actor_kind, row.actor_id) for row in rows]


def test_a_visit_is_seen_by_everybody(client: PageClient) -> None:
    team, staff = a_team(), an_account("Stella", is_staff=True)
    client.sign_in(staff)
    assert client.get(f"/w/{team.slug}/").status_code == 404
    visit(team, staff)
    page = client.page(f"/w/{team.slug}/")
    assert f"Reason given: {REASON}" in page.text
    assert entries(team) == [("visit.began", "staff", staff)]
    with unit_of_work(team.workspace_id):
        told = session.scalars(select(Notification)).one()
        assert (told.account_id, told.priority) == (team.owner, "high")
        assert REASON in told.message
    client.sign_in(team.members["viewer"])
    assert "Staff" in client.page(f"/w/{team.slug}/activity").text


def test_visitors_stand_as_admins_and_sign_as_staff(client: PageClient) -> None:
    team, staff = a_team(), an_account("Stella", is_staff=True)
    visit(team, staff)
    client.sign_in(staff)
    assert client.get(f"/w/{team.slug}/settings/deletion").status_code == 403
    values = {**client.page(f"/w/{team.slug}/settings").form(f"/w/{team.slug}/settings/profile"), "name": "Renamed"}
    assert client.submit(f"/w/{team.slug}/settings/profile", values).status_code == 303
    assert entries(team)[-1] == ("workspace.changed", "staff", staff)
    assert client.submit(f"/w/{team.slug}/departures").status_code == 404


def test_it_ends_when_they_say_so(client: PageClient) -> None:
    team, staff = a_team(), an_account("Stella", is_staff=True)
    visit(team, staff)
    client.sign_in(staff)
    assert client.submit(f"/w/{team.slug}/visit/endings").status_code == 303
    assert client.get(f"/w/{team.slug}/").status_code == 404
    assert [entry[0] for entry in entries(team)] == ["visit.began", "visit.ended"]
    client.sign_in(team.owner)
    assert client.submit(f"/w/{team.slug}/visit/endings").status_code == 403


def test_it_ends_by_itself_after_an_hour(client: PageClient) -> None:
    team, staff = a_team(), an_account("Stella", is_staff=True)
    visit(team, staff)
    client.sign_in(staff)
    with freeze(now() + timedelta(minutes=61)):
        assert client.get(f"/w/{team.slug}/").status_code == 404
        end_overdue_visits()
        end_overdue_visits()
    assert [entry[0] for entry in entries(team)] == ["visit.began", "visit.ended"]


def test_ending_twice_is_ending_once(app: Guerdon) -> None:
    team, staff = a_team(), an_account("Stella", is_staff=True)
    visit_id = visit(team, staff)
    for _ in range(2):
        with unit_of_work(role="staff"):
            end_visit(session.get_one(StaffVisit, visit_id))
    assert [entry[0] for entry in entries(team)] == ["visit.began", "visit.ended"]


def test_one_visit_at_a_time_but_a_forgotten_one_is_no_bar(app: Guerdon) -> None:
    first, second, staff = a_team(), a_team(), an_account("Stella", is_staff=True)
    visit(first, staff)
    with pytest.raises(Exception, match="staff_visit_open_once"):
        visit(second, staff)
    with freeze(now() + timedelta(minutes=61)):
        visit(second, staff)


def test_no_visit_without_being_staff_or_to_ones_own(app: Guerdon) -> None:
    team = a_team()
    with pytest.raises(Denied):
        visit(team, an_account("Nosy"))
    staff = an_account("Stella", is_staff=True)
    with unit_of_work():
        session.add(Membership(account_id=staff, workspace_id=team.workspace_id, role="viewer"))
    with pytest.raises(Conflict):
        visit(team, staff)
    with pytest.raises(Conflict):
        visit(Team(SYSTEM_WORKSPACE, "guerdon-platform", {}), an_account("Stig", is_staff=True))


def test_who_is_staff_no_longer_is_out_at_once(client: PageClient) -> None:
    team, staff = a_team(), an_account("Stella", is_staff=True)
    visit(team, staff)
    with unit_of_work():
        session.get_one(Account, staff).is_staff = False
    client.sign_in(staff)
    assert client.get(f"/w/{team.slug}/").status_code == 404
