"""What happens when two do it at once: real threads, real connections, real commits."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import TypeVar

import pytest
from sqlalchemy import func, select

from app.accounts import queries
from app.accounts.models import Account, AccountSession
from app.accounts.operations import sign_in, staff
from app.accounts.operations.passwords import reset_password
from app.accounts.operations.second_factor import accept_code, renew_recovery_codes
from app.accounts.operations.sign_in import Browser
from app.accounts.operations.sign_up import confirm_address, sign_up
from app.core.clock import now
from app.core.db import session
from app.core.errors import Conflict, DomainError
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from tests.factories.accounts import PASSWORD, a_person, account_of, with_second_factor
from tests.support.letters import letters_to

pytestmark = pytest.mark.thorough

T = TypeVar("T")

BROWSER = Browser("Firefox on Linux", "127.0.0.1")
NEW = "seven green bicycles"


@pytest.fixture
def app(committing_app: Guerdon) -> Guerdon:
    return committing_app


def at_once(app: Guerdon, *calls: Callable[[], T]) -> list[T | DomainError]:
    """Each call in a thread and a transaction of its own, all begun together; what each came to."""
    begin = Barrier(len(calls))

    def run(call: Callable[[], T]) -> T | DomainError:
        with app.app_context():
            try:
                with unit_of_work():
                    session.scalar(select(func.now()))
                    begin.wait(10)
                    return call()
            except DomainError as refused:
                return refused

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


def test_of_many_first_accounts_one_is_staff(app: Guerdon) -> None:
    with app.app_context():
        people = [a_person(status="pending_verification") for _ in range(6)]
        at_once(app, *(lambda person=person: confirm_address(account_of(person)) for person in people))
        with unit_of_work():
            assert session.scalar(select(func.count()).where(Account.is_staff)) == 1
            assert session.scalar(select(func.count()).where(Account.status == "active")) == 6


def test_a_sign_up_sent_twice_at_once_is_one_account(app: Guerdon) -> None:
    def join() -> str:
        return sign_up(name="Ines", email="ines@example.org", password=PASSWORD)

    with app.app_context():
        assert at_once(app, join, join, join) == ["ines@example.org"] * 3
        with unit_of_work():
            assert session.scalar(select(func.count()).select_from(Account)) == 1


def test_one_code_sent_many_times_at_once_opens_once(app: Guerdon) -> None:
    with app.app_context():
        person = a_person()
        code = with_second_factor(person).at(now())
        passed = at_once(app, *[lambda: accept_code(account_of(person), code)] * 8)
    assert sorted(map(bool, passed)) == [False] * 7 + [True]


def test_one_recovery_code_sent_many_times_at_once_opens_once(app: Guerdon) -> None:
    with app.app_context():
        person = a_person()
        with_second_factor(person)
        with unit_of_work():
            code = renew_recovery_codes(account_of(person))[0]
        passed = at_once(app, *[lambda: accept_code(account_of(person), code)] * 8)
    assert sorted(map(bool, passed)) == [False] * 7 + [True]


def test_one_link_followed_many_times_at_once_sets_one_password(app: Guerdon) -> None:
    with app.app_context():
        person = a_person()
        app.test_client().submit("/password/forgotten", {"email": person.email})
        token = letters_to(person.email)[0].link.rpartition("/")[2]
        outcomes = at_once(app, *[lambda: reset_password(token, NEW).id] * 4)
    assert sorted(isinstance(outcome, DomainError) for outcome in outcomes) == [False, True, True, True]


def test_of_two_last_members_of_staff_who_leave_at_once_one_stays(app: Guerdon) -> None:
    with app.app_context():
        one, other = a_person(is_staff=True), a_person(is_staff=True)
        outcomes = at_once(
            app, lambda: staff.revoke_staff(account_of(one)), lambda: staff.suspend_account(account_of(other))
        )
        with unit_of_work():
            assert queries.other_active_staff(a_person().id) == 1
    assert sorted(isinstance(outcome, Conflict) for outcome in outcomes) == [False, True]


def sessions_left() -> int:
    with unit_of_work():
        return session.scalar(select(func.count()).where(AccountSession.revoked_at.is_(None))) or 0


def test_a_new_password_refuses_a_sign_in_that_checked_the_old_one(app: Guerdon) -> None:
    with app.app_context():
        person = a_person()
        app.test_client().submit("/password/forgotten", {"email": person.email})
        token = letters_to(person.email)[0].link.rpartition("/")[2]
        checked, changed = Event(), Event()

        def enter() -> object:
            with app.app_context(), unit_of_work():
                attempt = sign_in.try_password(person.email, PASSWORD)
                assert attempt.account is not None
                checked.set()
                assert changed.wait(10)
                try:
                    return sign_in.complete_sign_in(attempt.account, BROWSER, remember=False)
                except Conflict as refused:
                    return refused.code

        with ThreadPoolExecutor(1) as thread:
            entered = thread.submit(enter)
            assert checked.wait(10)
            with unit_of_work():
                reset_password(token, NEW)
            changed.set()
            assert entered.result(10) == "account_changed"
        assert sessions_left() == 0


def test_a_new_password_ends_a_session_that_opens_at_the_same_time(app: Guerdon) -> None:
    with app.app_context():
        person = a_person()
        app.test_client().submit("/password/forgotten", {"email": person.email})
        token = letters_to(person.email)[0].link.rpartition("/")[2]
        opened, end = Event(), Event()

        def enter() -> None:
            with app.app_context(), unit_of_work():
                sign_in.complete_sign_in(account_of(person), BROWSER, remember=True)
                session.flush()
                opened.set()
                assert end.wait(10)

        def change() -> None:
            with app.app_context(), unit_of_work():
                reset_password(token, NEW)

        with ThreadPoolExecutor(2) as threads:
            entered = threads.submit(enter)
            assert opened.wait(10)
            changed = threads.submit(change)
            # The change waits for the row that the sign-in holds.
            with pytest.raises(TimeoutError):
                changed.result(0.5)
            end.set()
            entered.result(10)
            changed.result(10)
        assert sessions_left() == 0
