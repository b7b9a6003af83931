"""The team's pages."""

import csv
import io

import pytest
from sqlalchemy import select

from app.core.db import session
from app.core.ids import new_id
from app.core.tenancy import unit_of_work
from app.workspaces.models import Membership
from tests.factories.workspaces import Team, a_team, an_account
from tests.support.pages import Page, PageClient


def member_path(team: Team, role: str) -> str:
    with unit_of_work():
        found = select(Membership.id).where(
            Membership.workspace_id == team.workspace_id, Membership.account_id == team.members[role]
        )
        return f"/w/{team.slug}/members/{session.scalars(found).one()}"


def rows(page: Page) -> list[str]:
    return ["".join(next(row.iter("strong")).itertext()).split()[0] for row in page.all("tbody")[0].iter("tr")]


def test_the_team_in_the_order_of_roles(client: PageClient) -> None:
    team = a_team()
    client.sign_in(team.members["viewer"])
    page = client.page(f"/w/{team.slug}/members")
    assert rows(page) == ["Owner", "Admin", "Member", "Viewer"]
    assert rows(client.page(f"/w/{team.slug}/members?sort=-role")) == ["Viewer", "Member", "Admin", "Owner"]
    assert rows(client.page(f"/w/{team.slug}/members?sort=name")) == ["Admin", "Member", "Owner", "Viewer"]
    assert rows(client.page(f"/w/{team.slug}/members?role=admin")) == ["Admin"]
    assert rows(client.page(f"/w/{team.slug}/members?q=MEMB")) == ["Member"]
    assert "Nobody of that name" in client.page(f"/w/{team.slug}/members?q=nobody%25").text
    assert "Invite somebody" not in page.text


JUNK = ("sort=x", "sort=", "page=0", "page=-1", "page=x", "page=99999999999999999999", "role=x", "q=" + "x" * 5000)


@pytest.mark.parametrize("query", JUNK)
def test_junk_in_the_address_is_passed_over(client: PageClient, query: str) -> None:
    team = a_team()
    client.sign_in(team.owner)
    assert client.page(f"/w/{team.slug}/members?{query}")


def test_control_characters_in_the_address_are_refused(client: PageClient) -> None:
    team = a_team()
    client.sign_in(team.owner)
    assert client.get(f"/w/{team.slug}/members?q=%00").status_code == 400
    assert client.get(f"/w/{team.slug}/%00").status_code == 404


def test_a_team_of_many_goes_page_by_page(client: PageClient) -> None:
    team = a_team()
    for number in range(60):
        account_id = an_account(f"Colleague {number:02}")
        with unit_of_work():
            session.add(Membership(id=new_id(), account_id=account_id, workspace_id=team.workspace_id, role="viewer"))
    client.sign_in(team.owner)
    page = client.page(f"/w/{team.slug}/members?sort=name")
    assert len(rows(page)) == 50
    assert "1–50 of 64" in page.text
    assert len(rows(client.page(f"/w/{team.slug}/members?sort=name&page=2"))) == 14


def test_the_team_as_a_file(client: PageClient) -> None:
    team = a_team()
    evil = an_account("=HYPERLINK(1)")
    with unit_of_work():
        session.add(Membership(account_id=evil, workspace_id=team.workspace_id, role="viewer"))
    client.sign_in(team.owner)
    answer = client.get(f"/w/{team.slug}/members?format=csv")
    assert answer.mimetype == "text/csv"
    lines = list(csv.reader(io.StringIO(answer.text)))
    assert lines[0] == ["Name", "E-mail", "Role", "Member since"]
    assert [line[2] for line in lines[1:]] == ["owner", "admin", "member", "viewer", "viewer"]
    assert lines[4][0] == "'=HYPERLINK(1)"


def test_a_role_is_given_on_the_members_page(client: PageClient) -> None:
    team = a_team()
    client.sign_in(team.members["admin"])
    path = member_path(team, "viewer")
    assert client.page(path).form(f"{path}/roles")["role"] == "viewer"
    assert client.submit(f"{path}/roles", {"role": "member"}).location == f"/w/{team.slug}/members"
    assert client.page(path).form(f"{path}/roles")["role"] == "member"
    for wrong in ({}, {"role": ""}, {"role": "king"}, {"role": "owner"}):
        assert client.submit(f"{path}/roles", wrong).status_code == 422
    above = member_path(team, "owner")
    assert "roles" not in {(form.get("action") or "").rpartition("/")[2] for form in client.page(above).all("form")}
    assert client.submit(f"{above}/roles", {"role": "viewer"}).status_code == 422


def test_the_last_owner_reads_why_they_stay(client: PageClient) -> None:
    team = a_team()
    client.sign_in(team.owner)
    path = member_path(team, "owner")
    answer = client.submit(f"{path}/roles", {"role": "viewer"})
    assert answer.status_code == 422
    assert "at least one owner" in answer.text
    assert client.submit(f"{path}/removals").status_code == 409


def test_a_member_is_removed_once(client: PageClient) -> None:
    team = a_team()
    client.sign_in(team.owner)
    path = member_path(team, "member")
    assert client.submit(f"{path}/removals").status_code == 303
    assert client.submit(f"{path}/removals").status_code == 404
    assert client.get(path).status_code == 404
    client.sign_in(team.members["member"])
    assert client.get(f"/w/{team.slug}/").status_code == 404


def test_the_workspace_is_handed_over(client: PageClient) -> None:
    team = a_team()
    client.sign_in(team.owner)
    path = member_path(team, "member")
    assert client.submit(f"{path}/handovers").status_code == 303
    assert client.submit(f"{path}/handovers").status_code == 403
    assert client.get(f"/w/{team.slug}/settings/deletion").status_code == 403


@pytest.mark.parametrize("action", ["roles", "removals", "handovers"])
def test_what_changes_is_posted(client: PageClient, action: str) -> None:
    team = a_team()
    client.sign_in(team.owner)
    path = f"{member_path(team, 'viewer')}/{action}"
    assert client.get(path).status_code == 405
    assert client.post(path).status_code == 419


def test_a_member_of_elsewhere_is_not_here(client: PageClient) -> None:
    team, other = a_team(), a_team()
    client.sign_in(team.owner)
    foreign = member_path(other, "viewer").replace(other.slug, team.slug)
    assert client.get(foreign).status_code == 404
    for action in ("roles", "removals", "handovers"):
        assert client.submit(f"{foreign}/{action}", {"role": "viewer"}).status_code == 404
    assert client.get(f"/w/{team.slug}/members/not-an-id").status_code == 404
