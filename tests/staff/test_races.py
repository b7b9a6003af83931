"""Two members of staff at the same moment, on connections of their own."""

from collections.abc import Callable
from threading import Barrier, Thread
from uuid import UUID

from sqlalchemy import func, select

from app.accounts import queries
from app.accounts.models import Account
from app.accounts.operations.staff import revoke_staff, suspend_account
from app.core.db import session
from app.core.errors import Conflict
from app.core.tables import AuditEntry
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from app.workspaces.models import Workspace
from app.workspaces.operations.oversight import suspend_workspace
from tests.factories.workspaces import a_workspace, an_account


def together(app: Guerdon, *calls: Callable[[], object]) -> list[str]:
    """Do all of these at once; returns how each of them ended."""
    gate, ends = Barrier(len(calls)), [""] * len(calls)

    def run(place: int, call: Callable[[], object]) -> None:
        with app.app_context():
            gate.wait()
            try:
                with unit_of_work(role="staff"):
                    call()
                ends[place] = "done"
            except Conflict as refused:
                ends[place] = refused.code

    threads = [Thread(target=run, args=(place, call)) for place, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(ends)


def staff_left() -> int:
    with unit_of_work():
        return session.scalar(select(func.count()).where(Account.is_staff, Account.status == "active")) or 0


def leave(account_id: UUID, way: Callable[[Account], None]) -> Callable[[], None]:
    return lambda: way(queries.account(account_id))


def test_the_last_two_of_staff_cannot_both_go(committing_app: Guerdon) -> None:
    for _ in range(5):
        with committing_app.app_context():
            pair = [an_account(name, is_staff=True) for name in ("Ada", "Bo")]
        ends = together(
            committing_app, leave(pair[0], revoke_staff), leave(pair[1], lambda account: suspend_account(account, "x"))
        )
        assert ends == ["done", "last_staff"]
        with committing_app.app_context():
            assert staff_left() == 1
            with unit_of_work():
                for account in session.scalars(select(Account)):
                    account.is_staff = False


def test_one_of_many_remains(committing_app: Guerdon) -> None:
    with committing_app.app_context():
        everybody = [an_account(f"Staff {number}", is_staff=True) for number in range(6)]
    ends = together(committing_app, *(leave(account_id, revoke_staff) for account_id in everybody))
    assert ends == ["done"] * 5 + ["last_staff"]
    with committing_app.app_context():
        assert staff_left() == 1


def test_two_suspend_a_workspace_and_one_is_told(committing_app: Guerdon) -> None:
    with committing_app.app_context():
        workspace_id = a_workspace(owner=an_account("Ines"))
    ends = together(
        committing_app,
        lambda: suspend_workspace(workspace_id, "First."),
        lambda: suspend_workspace(workspace_id, "Second."),
    )
    assert ends == ["already_suspended", "done"]
    with committing_app.app_context(), unit_of_work(role="staff"):
        assert session.get_one(Workspace, workspace_id).status == "suspended"
        written = select(func.count()).where(AuditEntry.action == "workspace.suspended")
        assert session.scalar(written) == 1
