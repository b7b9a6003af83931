"""What becomes of workspaces when an account is deleted."""

import pytest
from sqlalchemy import select

from app.accounts.models import Account
from app.accounts.signals import account_deleted, deletion_considered, invitation_sought
from app.core.actor import Actor
from app.core.db import session
from app.core.errors import Conflict
from app.core.tables import AuditEntry
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from app.workspaces.models import Membership, Workspace
from app.workspaces.operations.invites import invite
from tests.factories.workspaces import a_team, a_workspace, an_account
from tests.support.letters import letters_to


def considered(account_id) -> list[tuple[str, bool]]:  # type: ignore[no-untyped-def]
    with unit_of_work():
        account = session.get_one(Account, account_id)
        answers = [answer for _, found in deletion_considered.send(account) for answer in found or []]
    return [(answer.text, answer.blocks) for answer in answers]


def go(account_id) -> None:  # type: ignore[no-untyped-def]
    with unit_of_work(actor=Actor("account", account_id)):
        account_deleted.send(session.get_one(Account, account_id))


def test_one_reads_what_will_happen_to_each(app: Guerdon) -> None:
    ines, otto = an_account("Ines"), an_account("Otto")
    a_workspace(name="Alone", owner=ines)
    a_workspace(name="Blocked", owner=ines, viewer=otto)
    a_workspace(name="Guest", owner=otto, member=ines)
    texts = considered(ines)
    assert [blocks for _, blocks in texts] == [False, True, False]
    assert "Alone is deleted with you" in texts[0][0]
    assert "no owner but you" in texts[1][0]
    assert "You leave Guest" in texts[2][0]


def test_they_leave_teams_and_take_what_is_only_theirs(app: Guerdon) -> None:
    ines = an_account("Ines")
    alone, team = a_workspace(owner=ines), a_team()
    with unit_of_work():
        session.add(Membership(account_id=ines, workspace_id=team.workspace_id, role="owner"))
        address = session.get_one(Account, ines).email
    go(ines)
    with unit_of_work():
        assert not session.scalars(select(Membership).where(Membership.account_id == ines)).all()
        assert session.get_one(Workspace, alone).deleted_at
        assert session.get_one(Workspace, team.workspace_id).deleted_at is None
    with unit_of_work(team.workspace_id):
        assert session.scalars(select(AuditEntry.action)).all() == ["member.left"]
    assert not letters_to(address)


def test_a_team_is_not_left_without_an_owner(app: Guerdon) -> None:
    team = a_team()
    with pytest.raises(Conflict, match="needs another owner"):
        go(team.owner)


def test_who_is_invited_may_sign_up(app: Guerdon) -> None:
    team = a_team()
    with unit_of_work(team.workspace_id, actor=Actor("account", team.owner)):
        invite(team.workspace_id, session.get_one(Account, team.owner), "ada@example.org", "viewer")
        assert any(answer for _, answer in invitation_sought.send("ada@example.org"))
        assert not any(answer for _, answer in invitation_sought.send("eve@example.org"))
