"""Making, changing, deleting, restoring and erasing a workspace."""

from datetime import timedelta
from threading import Barrier, Thread
from uuid import UUID

import pytest
from sqlalchemy import func, select, text

from app.accounts.models import Account
from app.core.actor import Actor
from app.core.clock import freeze, now
from app.core.db import session
from app.core.errors import Conflict, DomainError, Invalid, Missing
from app.core.tables import AuditEntry
from app.core.tenancy import SYSTEM_WORKSPACE, unit_of_work
from app.factory import Guerdon
from app.workspaces.jobs import erase_due_workspaces
from app.workspaces.models import Membership, Workspace
from app.workspaces.operations.workspaces import (
    change_settings,
    change_slug,
    create_workspace,
    delete_workspace,
    restore_workspace,
    suggest_slug,
)
from tests.factories.workspaces import a_team, a_workspace, an_account, an_app
from tests.support.letters import letters_to


def actions(workspace_id: UUID) -> list[str]:
    with unit_of_work(workspace_id):
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_its_maker_owns_it(app: Guerdon) -> None:
    ines = an_account()
    with unit_of_work(actor=Actor("account", ines)):
        made = create_workspace(ines, "Tidepool\nGames", "tidepool-games", "Europe/Berlin").id
    with unit_of_work(made):
        held = session.scalars(select(Membership).where(Membership.workspace_id == made)).one()
        assert (held.account_id, held.role) == (ines, "owner")
        assert session.get_one(Workspace, made).name == "Tidepool Games"
    assert actions(made) == ["workspace.created"]


@pytest.mark.parametrize(
    ("slug", "error"),
    [
        ("", Invalid),
        ("a", Invalid),
        ("Tidepool", Invalid),
        ("tide--pool", Invalid),
        ("-tide", Invalid),
        ("tide-", Invalid),
        ("tide pool", Invalid),
        ("tidé", Invalid),
        ("a" * 41, Invalid),
        ("tide\n", Invalid),
        ("admin", Conflict),
        ("guerdon-platform", Conflict),
        ("taken-already", Conflict),
    ],
)
def test_an_address_that_cannot_be_had(app: Guerdon, slug: str, error: type[DomainError]) -> None:
    a_workspace("taken-already")
    with pytest.raises(error) as refused, unit_of_work():
        create_workspace(an_account(), "Tidepool", slug)
    assert refused.value.field == "slug"


@pytest.mark.parametrize("name", ["", "   ", "\n", "x" * 81])
def test_a_name_that_is_none(app: Guerdon, name: str) -> None:
    with pytest.raises(Invalid) as refused, unit_of_work():
        create_workspace(an_account(), name, "tidepool-games")
    assert refused.value.field == "name"


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Tidepool Games", "tidepool-games"),
        ("Café Größe & Söhne", "cafe-grosse-sohne"),
        ("東京", "workspace-2"),
        ("Support", "support-2"),
        ("  --  ", "workspace-2"),
    ],
)
def test_an_address_is_suggested_from_the_name(app: Guerdon, name: str, slug: str) -> None:
    with unit_of_work():
        assert suggest_slug(name) == slug


def test_the_suggestion_is_free(app: Guerdon) -> None:
    a_workspace("tidepool")
    a_workspace("tidepool-2")
    with unit_of_work():
        assert suggest_slug("Tidepool") == "tidepool-3"


def test_two_who_want_one_address_at_once(committing_app: Guerdon) -> None:
    app = committing_app
    with app.app_context():
        accounts = [an_account("Ines"), an_account("Otto")]
    start, outcomes = Barrier(2), []

    def make(account_id: UUID) -> None:
        with app.app_context():
            start.wait()
            try:
                with unit_of_work():
                    create_workspace(account_id, "Tidepool", "tidepool-games")
                outcomes.append("made")
            except Exception as error:
                outcomes.append(type(error).__name__)

    threads = [Thread(target=make, args=[account_id]) for account_id in accounts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) in (["Conflict", "made"], ["IntegrityError", "made"])


def test_the_log_says_what_was_changed(app: Guerdon) -> None:
    team = a_team()
    with unit_of_work(team.workspace_id):
        workspace = session.get_one(Workspace, team.workspace_id)
        change_settings(workspace, name="Tidepool Two", company_name="Tidepool GmbH", timezone="UTC")
        change_settings(workspace, name="Tidepool Two")
    with unit_of_work(team.workspace_id):
        entry = session.scalars(select(AuditEntry)).one()
        assert entry.details["changes"] == {
            "name": ["Tidepool Games", "Tidepool Two"],
            "company_name": [None, "Tidepool GmbH"],
        }


def test_a_moved_workspace_frees_its_old_address(app: Guerdon) -> None:
    team = a_team("old-address")
    with unit_of_work(team.workspace_id):
        change_slug(session.get_one(Workspace, team.workspace_id), "new-address")
    with unit_of_work():
        create_workspace(an_account("Otto"), "Other", "old-address")
    assert actions(team.workspace_id) == ["workspace.moved"]


def test_a_deleted_workspace_comes_back_as_it_was(app: Guerdon) -> None:
    team = a_team()
    with unit_of_work(team.workspace_id, actor=Actor("account", team.owner)):
        delete_workspace(team.workspace_id)
    with unit_of_work():
        assert restore_workspace(team.slug, team.owner).deleted_at is None
    assert actions(team.workspace_id) == ["workspace.deleted", "workspace.restored"]


def test_owners_are_told_how_to_bring_it_back(app: Guerdon) -> None:
    team = a_team()
    with unit_of_work():
        delete_workspace(team.workspace_id)
        address = session.get_one(Account, team.owner).email
    (letter,) = letters_to(address)
    assert letter.subject == "Tidepool Games was deleted"
    assert letter.link == "/workspaces"


def test_only_an_owner_brings_it_back_and_only_in_time(app: Guerdon) -> None:
    team = a_team()
    with unit_of_work():
        delete_workspace(team.workspace_id)
    with pytest.raises(Missing), unit_of_work():
        restore_workspace(team.slug, team.members["admin"])
    with freeze(now() + timedelta(days=31)), pytest.raises(Missing), unit_of_work():
        restore_workspace(team.slug, team.owner)


def test_deleting_twice_is_refused(app: Guerdon) -> None:
    team = a_team()
    with unit_of_work():
        delete_workspace(team.workspace_id)
    with pytest.raises(Missing), unit_of_work():
        delete_workspace(team.workspace_id)


def test_after_the_grace_period_nothing_is_left(app: Guerdon) -> None:
    doomed, recent, living = a_team(), a_team(), a_team()
    for team in (doomed, recent, living):
        an_app(team.workspace_id)
    with unit_of_work():
        delete_workspace(recent.workspace_id)
        delete_workspace(doomed.workspace_id)
    with unit_of_work(role="staff"):
        session.execute(
            text("UPDATE workspace SET deleted_at = now() - interval '31 days' WHERE id = :id"),
            {"id": doomed.workspace_id},
        )
    erase_due_workspaces()
    erase_due_workspaces()
    with unit_of_work(role="staff"):
        left = set(session.scalars(select(Workspace.id)))
        assert left == {SYSTEM_WORKSPACE, recent.workspace_id, living.workspace_id}
        assert not session.scalar(
            select(func.count()).select_from(Membership).where(Membership.workspace_id == doomed.workspace_id)
        )
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "workspace.erased")).one()
        assert (entry.workspace_id, entry.subject_id) == (SYSTEM_WORKSPACE, str(doomed.workspace_id))
