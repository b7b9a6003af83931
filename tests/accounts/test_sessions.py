"""The list of sessions."""

from uuid import UUID

import pytest
from sqlalchemy import select

from app.accounts.models import AccountSession
from app.core.db import session
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from tests.factories.accounts import Person, a_person
from tests.support.pages import PageClient

SESSIONS = "/account/sessions"


@pytest.fixture
def me(client: PageClient, person: Person) -> PageClient:
    return client.sign_in(person.id)


@pytest.fixture
def elsewhere(app: Guerdon, person: Person, me: PageClient) -> PageClient:
    return app.test_client().sign_in(person.id)


def ids(person: Person) -> list[UUID]:
    """The sessions of a person, the oldest first."""
    with unit_of_work():
        query = select(AccountSession.id).where(AccountSession.account_id == person.id).order_by(AccountSession.id)
        return list(session.scalars(query))


def test_each_is_listed_and_this_one_marked(me: PageClient, elsewhere: PageClient) -> None:
    page = me.page(SESSIONS)
    assert page.text.count("Firefox on Linux") == 2
    assert page.text.count("This one") == 1
    assert "127.0.0.1" in page.text


def test_one_can_be_ended(me: PageClient, elsewhere: PageClient, person: Person) -> None:
    path = f"{SESSIONS}/{ids(person)[1]}/revocations"
    assert me.submit(path).location == SESSIONS
    assert me.submit(path).location == SESSIONS
    assert elsewhere.get(SESSIONS).status_code == 303
    assert "Firefox on Linux is signed out." in me.page(SESSIONS).text
    assert me.page(SESSIONS).text.count("Firefox on Linux") == 1


def test_ending_this_one_signs_out(me: PageClient, person: Person) -> None:
    assert me.submit(f"{SESSIONS}/{ids(person)[0]}/revocations").location == "/sign-in"
    assert me.get(SESSIONS).status_code == 303


def test_all_others_can_be_ended(app: Guerdon, me: PageClient, elsewhere: PageClient) -> None:
    stranger = app.test_client().sign_in(a_person().id)
    assert me.submit(f"{SESSIONS}/revocations").location == SESSIONS
    assert me.get(SESSIONS).status_code == 200
    assert elsewhere.get(SESSIONS).status_code == 303
    assert stranger.get(SESSIONS).status_code == 200
    assert "There was no other session." in me.page(me.submit(f"{SESSIONS}/revocations").location or "").text


def test_those_of_others_do_not_exist(app: Guerdon, me: PageClient) -> None:
    stranger = a_person()
    theirs = app.test_client().sign_in(stranger.id)
    assert me.submit(f"{SESSIONS}/{ids(stranger)[0]}/revocations").status_code == 404
    assert theirs.get(SESSIONS).status_code == 200


@pytest.mark.parametrize("session_id", ["nothing", "01890000-0000-7000-8000-000000000000", "%00"])
def test_unknown_ones_neither(me: PageClient, session_id: str) -> None:
    assert me.submit(f"{SESSIONS}/{session_id}/revocations").status_code == 404


def test_network_addresses_lie_sealed(me: PageClient) -> None:
    with unit_of_work():
        raw = session.connection().exec_driver_sql("SELECT ip FROM account_session").scalar()
    assert raw is not None
    assert b"127.0.0.1" not in bytes(raw)
