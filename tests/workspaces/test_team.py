"""Changes to a team: who may make them, and what always holds."""

from collections.abc import Callable
from threading import Barrier, Thread
from uuid import UUID

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import IntegrityError

from app.accounts.models import Account
from app.core.actor import Actor
from app.core.db import session
from app.core.errors import Conflict, Denied, DomainError, Missing
from app.core.tables import AuditEntry
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from app.workspaces.models import ROLES, Membership
from app.workspaces.operations.team import change_role, hand_over, leave_workspace, remove_member
from tests.factories.workspaces import Team, a_team, a_workspace, an_account
from tests.support.letters import letters_to


def acting(team: Team, role: str) -> Actor:
    return Actor("account", team.members[role])


def membership(workspace_id: UUID, account_id: UUID) -> UUID:
    with unit_of_work():
        found = select(Membership.id).where(
            Membership.workspace_id == workspace_id, Membership.account_id == account_id
        )
        return session.scalars(found).one()


def roles(workspace_id: UUID) -> dict[UUID, str]:
    with unit_of_work():
        rows = select(Membership.account_id, Membership.role).where(Membership.workspace_id == workspace_id)
        return {account_id: role for account_id, role in session.execute(rows)}  # noqa: C416


def address(account_id: UUID) -> str:
    with unit_of_work():
        return session.get_one(Account, account_id).email


@pytest.mark.parametrize("by", ["owner", "admin"])
@pytest.mark.parametrize("theirs", ROLES)
@pytest.mark.parametrize("wanted", ROLES)
def test_roles_are_given_up_to_ones_own(app: Guerdon, by: str, theirs: str, wanted: str) -> None:
    team = a_team()
    another_owner = an_account("Olga")
    with unit_of_work():
        session.add(Membership(account_id=another_owner, workspace_id=team.workspace_id, role="owner"))
    target = another_owner if theirs == "owner" else team.members[theirs]
    above = by == "admin" and "owner" in (theirs, wanted) and theirs != wanted
    above |= by == "admin" and theirs == "owner"
    try:
        with unit_of_work(team.workspace_id, actor=acting(team, by)):
            change_role(team.workspace_id, membership(team.workspace_id, target), wanted)
        assert not above
    except Denied:
        assert above
    assert roles(team.workspace_id)[target] == (theirs if above else wanted)


def test_an_owner_may_step_down_while_another_remains(app: Guerdon) -> None:
    team = a_team()
    own = membership(team.workspace_id, team.owner)
    with pytest.raises(IntegrityError) as refused, unit_of_work(team.workspace_id, actor=acting(team, "owner")):
        change_role(team.workspace_id, own, "admin")
    assert "membership_owner_remains" in str(refused.value)
    with unit_of_work(team.workspace_id, actor=acting(team, "owner")):
        change_role(team.workspace_id, membership(team.workspace_id, team.members["viewer"]), "owner")
        change_role(team.workspace_id, own, "admin")
    assert roles(team.workspace_id)[team.owner] == "admin"


def test_a_removed_member_is_out_and_told(app: Guerdon) -> None:
    team = a_team()
    gone = team.members["member"]
    with unit_of_work(team.workspace_id, actor=acting(team, "admin")):
        remove_member(team.workspace_id, membership(team.workspace_id, gone))
    assert gone not in roles(team.workspace_id)
    assert [letter.subject for letter in letters_to(address(gone))] == ["You no longer belong to Tidepool Games"]
    with unit_of_work(team.workspace_id):
        entry = session.scalars(select(AuditEntry)).one()
        assert (entry.action, entry.subject_id, entry.actor_id) == ("member.removed", str(gone), team.members["admin"])


def test_an_admin_does_not_remove_an_owner(app: Guerdon) -> None:
    team = a_team()
    with pytest.raises(Denied), unit_of_work(team.workspace_id, actor=acting(team, "admin")):
        remove_member(team.workspace_id, membership(team.workspace_id, team.owner))


def test_a_member_of_another_workspace_is_not_there(app: Guerdon) -> None:
    team, other = a_team(), a_team()
    with pytest.raises(Missing), unit_of_work(team.workspace_id, actor=acting(team, "owner")):
        remove_member(team.workspace_id, membership(other.workspace_id, other.members["viewer"]))


def test_everybody_may_leave_but_the_last_owner(app: Guerdon) -> None:
    team = a_team()
    for role in ("viewer", "member", "admin"):
        with unit_of_work(team.workspace_id, actor=acting(team, role)):
            leave_workspace(team.workspace_id)
    with pytest.raises(IntegrityError), unit_of_work(team.workspace_id, actor=acting(team, "owner")):
        leave_workspace(team.workspace_id)
    assert roles(team.workspace_id) == {team.owner: "owner"}


def test_handing_over_changes_places(app: Guerdon) -> None:
    team = a_team()
    heir = team.members["member"]
    with unit_of_work(team.workspace_id, actor=acting(team, "owner")):
        hand_over(team.workspace_id, membership(team.workspace_id, heir))
    assert roles(team.workspace_id)[heir] == "owner"
    assert roles(team.workspace_id)[team.owner] == "admin"
    assert [letter.subject for letter in letters_to(address(heir))] == ["You own Tidepool Games now"]


def test_only_an_owner_hands_over_and_not_to_themselves(app: Guerdon) -> None:
    team = a_team()
    with pytest.raises(Denied), unit_of_work(team.workspace_id, actor=acting(team, "admin")):
        hand_over(team.workspace_id, membership(team.workspace_id, team.members["member"]))
    with pytest.raises(Denied), unit_of_work(team.workspace_id, actor=Actor("staff", an_account(is_staff=True))):
        hand_over(team.workspace_id, membership(team.workspace_id, team.members["member"]))
    with pytest.raises(Conflict), unit_of_work(team.workspace_id, actor=acting(team, "owner")):
        hand_over(team.workspace_id, membership(team.workspace_id, team.owner))


def test_the_database_keeps_an_owner_past_all_operations(app: Guerdon) -> None:
    team = a_team()
    for statement in (
        update(Membership).where(Membership.workspace_id == team.workspace_id).values(role="viewer"),
        delete(Membership).where(Membership.workspace_id == team.workspace_id),
    ):
        with pytest.raises(IntegrityError), unit_of_work():
            session.execute(statement)


def race(app: Guerdon, *works: tuple[Actor, Callable[[], object]], workspace_id: UUID) -> list[str]:
    """Do these at once, each in a transaction of its own; what became of each, sorted."""
    start, outcomes = Barrier(len(works)), []

    def run(actor: Actor, work: Callable[[], object]) -> None:
        with app.app_context():
            start.wait()
            try:
                with unit_of_work(workspace_id, actor=actor):
                    work()
                outcomes.append("done")
            except (DomainError, IntegrityError):
                outcomes.append("refused")

    threads = [Thread(target=run, args=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return sorted(outcomes)


@pytest.mark.parametrize("how", ["step down", "leave", "remove each other", "past the operations"])
def test_two_owners_go_at_once_and_one_remains(committing_app: Guerdon, how: str) -> None:
    app = committing_app
    for _ in range(5):
        with app.app_context():
            ines, otto = an_account("Ines"), an_account("Otto")
            workspace_id = a_workspace(owner=ines)
            with unit_of_work():
                session.add(Membership(account_id=otto, workspace_id=workspace_id, role="owner"))
            held = {ines: membership(workspace_id, ines), otto: membership(workspace_id, otto)}
        other = {ines: otto, otto: ines}

        def go(
            who: UUID, workspace_id: UUID = workspace_id, held: dict[UUID, UUID] = held, other: dict[UUID, UUID] = other
        ) -> object:
            if how == "step down":
                return change_role(workspace_id, held[who], "viewer")
            if how == "leave":
                return leave_workspace(workspace_id)
            if how == "remove each other":
                return remove_member(workspace_id, held[other[who]])
            return session.execute(text("UPDATE membership SET role = 'viewer' WHERE id = :id"), {"id": held[who]})

        works = [(Actor("account", who), lambda who=who: go(who)) for who in (ines, otto)]
        assert race(app, *works, workspace_id=workspace_id) == ["done", "refused"]
        with app.app_context():
            assert list(roles(workspace_id).values()).count("owner") == 1


def test_an_admin_who_is_demoted_meanwhile_demotes_nobody(committing_app: Guerdon) -> None:
    app = committing_app
    with app.app_context():
        team = a_team()
        admin = membership(team.workspace_id, team.members["admin"])
        member = membership(team.workspace_id, team.members["member"])
    outcomes = race(
        app,
        (acting(team, "owner"), lambda: change_role(team.workspace_id, admin, "viewer")),
        (acting(team, "admin"), lambda: change_role(team.workspace_id, member, "admin")),
        workspace_id=team.workspace_id,
    )
    with app.app_context():
        after = roles(team.workspace_id)
    assert after[team.members["admin"]] == "viewer"
    assert (after[team.members["member"]] == "admin") == (outcomes == ["done", "done"])
