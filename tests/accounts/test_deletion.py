"""An account that is taken away for good."""

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from app.accounts.models import Account, AccountSession, AccountToken, RecoveryCode, SecondFactor
from app.accounts.signals import Consequence, account_deleted, deletion_considered
from app.core.db import session
from app.core.tables import AuditEntry
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from tests.factories.accounts import PASSWORD, Person, a_person, account_of, with_second_factor
from tests.support.letters import letters_to
from tests.support.pages import Page, PageClient

DELETION = "/account/deletion"


@pytest.fixture
def me(client: PageClient, person: Person) -> PageClient:
    return client.sign_in(person.id)


def confirmed(person: Person) -> dict[str, str]:
    return {"email": person.email.upper(), "password": PASSWORD}


def test_nothing_of_the_person_is_left(app: Guerdon, me: PageClient, person: Person) -> None:
    with_second_factor(person)
    elsewhere = app.test_client().sign_in(person.id)
    elsewhere.submit("/password/forgotten", {"email": person.email})
    answer = me.submit(DELETION, confirmed(person))
    assert answer.location == "/sign-in"
    assert "Your account is deleted." in me.page("/sign-in").text
    assert elsewhere.get("/account").status_code == 303
    with unit_of_work():
        account = account_of(person)
        assert (account.name, account.status, account.password_hash) == ("Deleted account", "inactive", None)
        assert person.email not in account.email + account.email_key
        assert account.deleted_at is not None
        assert account.last_login_ip is None
        for table in (SecondFactor, RecoveryCode, AccountToken):
            assert session.scalar(select(func.count()).select_from(table)) == 0
        assert set(session.execute(select(AccountSession.ip, AccountSession.device)).all()) == {("", "Deleted")}
    with unit_of_work(role="staff"):
        assert (
            session.scalars(select(AuditEntry.actor_id).where(AuditEntry.action == "account.deleted")).one()
            == person.id
        )
    assert letters_to(person.email)[-1].subject == "Your account was deleted"


def test_the_address_is_free_again(me: PageClient, person: Person) -> None:
    me.submit(DELETION, confirmed(person))
    me.submit("/sign-up", {"name": "Ines", "email": person.email, "password": PASSWORD})
    assert letters_to(person.email)[-1].subject == "Confirm your address"


def test_deleting_twice_is_not_possible(me: PageClient, person: Person) -> None:
    me.submit(DELETION, confirmed(person))
    assert me.submit(DELETION, confirmed(person)).location.startswith("/sign-in")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"password": "not this one"}, "password"),
        ({"email": "somebody.else@example.org"}, "email"),
        ({"email": ""}, "email"),
        ({"password": ""}, "password"),
        ({"email": "\x00"}, "email"),
    ],
)
def test_it_takes_the_password_and_the_address(
    me: PageClient, person: Person, values: dict[str, str], field: str
) -> None:
    answer = me.submit(DELETION, {**confirmed(person), **values})
    assert answer.status_code == 422
    assert Page(answer).by_id(field).get("aria-invalid") == "true"
    assert me.get("/account").status_code == 200


def test_the_last_of_staff_stays(app: Guerdon, client: PageClient) -> None:
    only = a_person(is_staff=True)
    client.sign_in(only.id)
    answer = client.submit(DELETION, confirmed(only))
    assert answer.status_code == 422
    assert "Nobody else runs this installation." in Page(answer).text
    a_person(is_staff=True)
    assert client.submit(DELETION, confirmed(only)).status_code == 303


class TestConsequences:
    @pytest.fixture
    def told(self) -> Iterator[list[Consequence]]:
        told: list[Consequence] = []

        def tell(account: Account) -> list[Consequence]:
            return told

        with deletion_considered.connected_to(tell):
            yield told

    def test_they_are_named(self, me: PageClient, told: list[Consequence]) -> None:
        told.append(Consequence("Tidepool Games will be deleted in 30 days.", href="/workspaces"))
        page = me.page(DELETION)
        assert "Tidepool Games will be deleted in 30 days." in page.text
        assert "Delete my account" in page.text

    def test_what_stands_in_the_way_is_settled_first(
        self, me: PageClient, person: Person, told: list[Consequence]
    ) -> None:
        told.append(Consequence("Hand Tidepool Games over to somebody first.", blocks=True))
        page = me.page(DELETION)
        assert "Hand Tidepool Games over to somebody first." in page.text
        assert "Delete my account" not in page.text
        answer = me.submit(DELETION, confirmed(person))
        assert answer.status_code == 422
        with unit_of_work():
            assert account_of(person).deleted_at is None

    def test_features_above_are_told_while_the_account_has_its_name(self, me: PageClient, person: Person) -> None:
        heard: list[str] = []

        def hear(account: Account) -> None:
            heard.append(account.name)

        with account_deleted.connected_to(hear):
            me.submit(DELETION, confirmed(person))
        assert heard == ["Ines Alder"]
