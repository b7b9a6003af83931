"""An answer that is returned commits, an error that is raised rolls back."""

import pytest
from sqlalchemy import select, text

from app.core.db import after_commit, session
from app.core.errors import Conflict
from app.core.tables import PlatformSetting
from app.core.tenancy import SYSTEM_WORKSPACE, current_workspace, scope, unit_of_work
from app.factory import Guerdon


def _save(key: str) -> None:
    session.add(PlatformSetting(key=key, value={}))


def _saved(key: str) -> bool:
    with unit_of_work():
        return session.scalar(select(PlatformSetting.key).filter_by(key=key)) is not None


def test_a_unit_of_work_commits(app: Guerdon) -> None:
    with unit_of_work():
        _save("kept")
    assert _saved("kept")


def test_an_error_rolls_back_and_forgets_what_waited(app: Guerdon) -> None:
    done: list[str] = []
    with pytest.raises(Conflict), unit_of_work():
        _save("lost")
        after_commit(lambda: done.append("never"))
        raise Conflict("no", "No.")
    assert not _saved("lost")
    assert done == []


def test_a_savepoint_takes_back_only_what_waited_inside(app: Guerdon) -> None:
    done: list[str] = []
    with unit_of_work():
        after_commit(lambda: done.append("before"))
        with pytest.raises(Conflict), session.begin_nested():
            after_commit(lambda: done.append("inside"))
            raise Conflict("no", "No.")
        after_commit(lambda: done.append("after"))
        assert done == []
    assert done == ["before", "after"]


def test_the_scope_is_told_to_the_database_and_restored(app: Guerdon) -> None:
    def told() -> str:
        return session.scalar(text("SELECT coalesce(tenant_id()::text, '')")) or ""

    with unit_of_work():
        assert told() == ""
        with scope(SYSTEM_WORKSPACE):
            assert told() == str(SYSTEM_WORKSPACE)
        assert told() == ""
        assert current_workspace() is None
