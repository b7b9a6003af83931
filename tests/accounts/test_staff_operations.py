"""What staff do with other people's accounts, and what is forgotten by the clock."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.accounts import queries
from app.accounts.jobs import purge_expired
from app.accounts.models import Account, AccountSession, AccountToken, SecondFactor
from app.accounts.operations import staff
from app.accounts.operations.passwords import send_reset
from app.core.clock import now
from app.core.db import session
from app.core.errors import Conflict
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from tests.accounts.conftest import Later
from tests.factories.accounts import Person, a_person, account_of
from tests.support.letters import letters_to
from tests.support.pages import PageClient


def test_suspending_and_letting_in_again(app: Guerdon, client: PageClient, person: Person) -> None:
    with unit_of_work(role="staff"):
        staff.suspend_account(account_of(person), "Spam")
    assert "Reason given: Spam" in letters_to(person.email)[0].text
    assert client.submit("/sign-in", person.sign_in).status_code == 422
    with pytest.raises(Conflict), unit_of_work():
        staff.suspend_account(account_of(person))
    with unit_of_work(role="staff"):
        staff.reactivate_account(account_of(person))
    assert client.submit("/sign-in", person.sign_in).status_code == 303
    with pytest.raises(Conflict), unit_of_work():
        staff.reactivate_account(account_of(person))


def test_who_never_confirmed_an_address_still_has_to(app: Guerdon) -> None:
    person = a_person(status="pending_verification")
    with unit_of_work():
        staff.suspend_account(account_of(person))
        staff.reactivate_account(account_of(person))
        assert account_of(person).status == "pending_verification"


def test_staff_are_made_and_unmade(app: Guerdon, person: Person) -> None:
    a_person(is_staff=True)
    with unit_of_work():
        staff.make_staff(account_of(person))
        with pytest.raises(Conflict):
            staff.make_staff(account_of(person))
        staff.revoke_staff(account_of(person))
        with pytest.raises(Conflict):
            staff.revoke_staff(account_of(person))


def test_only_active_accounts_become_staff(app: Guerdon) -> None:
    with pytest.raises(Conflict), unit_of_work():
        staff.make_staff(account_of(a_person(status="suspended")))


def test_one_member_of_staff_remains(app: Guerdon) -> None:
    only = a_person(is_staff=True)
    a_person(is_staff=True, status="suspended")
    with unit_of_work():
        for leave in (staff.revoke_staff, staff.suspend_account):
            with pytest.raises(Conflict) as refused:
                leave(account_of(only))
            assert refused.value.code == "last_staff"


def test_no_longer_being_staff_ends_the_sessions(app: Guerdon, client: PageClient) -> None:
    a_person(is_staff=True)
    person = a_person(is_staff=True)
    client.sign_in(person.id)
    with unit_of_work():
        staff.revoke_staff(account_of(person))
    assert client.get("/account").status_code == 303


def test_a_reset_can_be_sent_for_somebody(app: Guerdon, person: Person) -> None:
    with unit_of_work():
        send_reset(account_of(person))
    assert letters_to(person.email)[0].link.startswith("/password/reset/")


def test_what_has_ended_is_forgotten(app: Guerdon, client: PageClient, person: Person, later: Later) -> None:
    def left() -> dict[str, int]:
        with unit_of_work():
            tables = (Account, AccountSession, AccountToken, SecondFactor)
            return {table.__name__: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}

    stale = a_person(status="pending_verification")
    client.submit("/password/forgotten", {"email": stale.email})
    client.sign_in(person.id)
    with unit_of_work():
        account_of(stale).created_at = now() - timedelta(days=31)
        session.add(SecondFactor(account_id=person.id, secret="X", created_at=now() - timedelta(days=2)))
    assert left() == {"Account": 2, "AccountSession": 1, "AccountToken": 1, "SecondFactor": 1}
    purge_expired()
    assert left() == {"Account": 1, "AccountSession": 1, "AccountToken": 0, "SecondFactor": 0}
    purge_expired()
    with later(days=40):
        purge_expired()
    assert left() == {"Account": 1, "AccountSession": 0, "AccountToken": 0, "SecondFactor": 0}


def test_a_fresh_sign_up_is_not_forgotten(app: Guerdon) -> None:
    person = a_person(status="pending_verification")
    purge_expired()
    with unit_of_work():
        assert queries.account(person.id).status == "pending_verification"
