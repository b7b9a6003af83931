"""A workspace never sees another's rows, even when a query forgets to ask for its own."""

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import IntegrityError, ProgrammingError, StatementError

from app.core.db import session
from app.core.ids import new_id
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from app.workspaces.models import ApiKey, App
from tests.factories.workspaces import a_workspace, an_app


def test_a_query_without_a_filter_shows_no_foreign_row(app: Guerdon) -> None:
    ours, theirs = a_workspace(), a_workspace()
    an_app(ours, "Ours")
    an_app(theirs, "Theirs")
    with unit_of_work(ours):
        assert session.scalars(select(App.name)).all() == ["Ours"]


def test_an_unfiltered_change_touches_no_foreign_row(app: Guerdon) -> None:
    ours, theirs = a_workspace(), a_workspace()
    an_app(theirs, "Theirs")
    with unit_of_work(ours):
        session.execute(update(App).values(name="Stolen"))
        session.execute(delete(App))
    with unit_of_work(theirs):
        assert session.scalars(select(App.name)).all() == ["Theirs"]


def test_without_a_scope_there_is_nothing(app: Guerdon) -> None:
    an_app(a_workspace())
    with unit_of_work():
        assert session.scalar(select(func.count()).select_from(App)) == 0


def test_a_row_cannot_be_put_into_another_workspace(app: Guerdon) -> None:
    ours, theirs = a_workspace(), a_workspace()
    with pytest.raises(ProgrammingError, match="row-level security"), unit_of_work(ours):
        session.add(App(workspace_id=theirs, name="Cuckoo", identifier="c", platform="web", status="active"))
        session.flush()


def test_a_row_cannot_refer_to_another_workspaces_row(app: Guerdon) -> None:
    ours, theirs = a_workspace(), a_workspace()
    foreign = an_app(theirs)
    with pytest.raises(IntegrityError, match="fk_api_key"), unit_of_work(ours):
        session.add(ApiKey(app_id=foreign, name="k", kind="secret", prefix="p", secret_hash=b"x"))
        session.flush()


def test_a_tenant_row_without_a_scope_is_a_mistake(app: Guerdon) -> None:
    with pytest.raises(StatementError, match="outside a workspace's scope"), unit_of_work():
        session.add(App(name="Lost", identifier="l", platform="web", status="active"))
        session.flush()


def test_staff_see_all_and_the_owner_bypasses_nothing_by_rank(app: Guerdon) -> None:
    an_app(a_workspace())
    an_app(a_workspace())
    with unit_of_work(role="staff"):
        assert session.scalar(select(func.count()).select_from(App)) == 2


def test_the_audit_log_is_written_once(app: Guerdon) -> None:
    workspace_id = a_workspace()
    insert = text(
        "INSERT INTO audit_entry (workspace_id, id, actor_kind, action, subject_kind, subject_id, details) "
        "VALUES (:workspace, :id, 'system', 'a', 'b', 'c', '{}')"
    )
    for change in ("UPDATE audit_entry SET action = 'x'", "DELETE FROM audit_entry"):
        with pytest.raises(ProgrammingError, match="permission denied"), unit_of_work(workspace_id):
            session.execute(insert, {"workspace": workspace_id, "id": new_id()})
            session.execute(text(change))
