"""Who may come: signed in, signed out, staff."""

import pytest
from flask import g
from sqlalchemy import event, select, text

from app.accounts.access import current_account, signed_in, staff_only
from app.accounts.models import AccountSession
from app.accounts.operations import staff as operations
from app.core.actor import current_actor
from app.core.clock import now
from app.core.db import db, session
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from tests.accounts.conftest import Later
from tests.factories.accounts import Person, a_person, account_of
from tests.support.pages import PageClient

pytestmark = pytest.mark.thorough

PAGES = [
    "/account",
    "/account/email",
    "/account/email/a-token",
    "/account/password",
    "/account/security",
    "/account/second-factor",
    "/account/second-factor/removal",
    "/account/recovery-codes",
    "/account/sessions",
    "/account/deletion",
]
POSTS = [
    "/account/second-factor/confirmations",
    "/account/sessions/revocations",
    "/account/sessions/01890000-0000-7000-8000-000000000000/revocations",
]

READ_ONLY = {"/account/security", "/account/sessions"}


@pytest.mark.parametrize("path", PAGES)
def test_strangers_are_asked_to_sign_in_and_brought_back(client: PageClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.location) == (303, f"/sign-in?next={path.replace('/', '%2F')}")


@pytest.mark.parametrize("path", [path for path in [*PAGES, *POSTS] if path not in READ_ONLY])
def test_strangers_change_nothing(client: PageClient, path: str) -> None:
    answer = client.submit(path, {"password": "x"}, headers={"Referer": "http://localhost/account/security"})
    assert (answer.status_code, answer.location) == (303, "/sign-in?next=%2Faccount%2Fsecurity")


def test_a_part_of_a_page_is_not_replaced_by_the_door(client: PageClient) -> None:
    headers = {
        "HX-Request": "true",
        "HX-Request-Type": "partial",
        "HX-Current-URL": "http://localhost/account/security",
    }
    answer = client.get("/account/sessions", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/sign-in?next=%2Faccount%2Fsecurity"


@pytest.mark.parametrize("path", PAGES)
def test_other_methods_are_refused(client: PageClient, person: Person, path: str) -> None:
    client.sign_in(person.id)
    for method in ("PUT", "DELETE", "PATCH"):
        answer = client.open(path, method=method, headers={"X-CSRFToken": client.csrf_token()})
        assert answer.status_code == 405


@pytest.mark.parametrize("path", POSTS)
def test_changes_are_posted(client: PageClient, person: Person, path: str) -> None:
    assert client.sign_in(person.id).get(path).status_code == 405


@pytest.mark.parametrize("path", ["/account", "/account/security", "/account/sessions", "/account/deletion"])
def test_pages_are_there_for_who_is_signed_in(client: PageClient, person: Person, path: str) -> None:
    client.sign_in(person.id).page(path)


def test_suspension_ends_a_session_at_the_next_request(client: PageClient, person: Person) -> None:
    client.sign_in(person.id)
    assert client.get("/account").status_code == 200
    with unit_of_work():
        operations.suspend_account(account_of(person))
    assert client.get("/account").status_code == 303


def test_a_session_ends_with_its_account_even_when_nobody_ended_it(client: PageClient, person: Person) -> None:
    client.sign_in(person.id)
    with unit_of_work():
        account_of(person).status = "suspended"
    assert client.get("/account").status_code == 303


def test_being_seen_is_written_now_and_then(client: PageClient, person: Person, later: Later) -> None:
    def last_seen() -> object:
        with unit_of_work():
            return session.execute(select(AccountSession.last_seen_at, AccountSession.ip)).one()

    client.sign_in(person.id)
    first = last_seen()
    client.get("/account")
    assert last_seen() == first
    with later(minutes=6):
        client.get("/account", environ_overrides={"REMOTE_ADDR": "192.0.2.7"})
        assert last_seen() == (now(), "192.0.2.7")


class TestStaff:
    """On a database of its own, so that the two roles are really two connections."""

    @pytest.fixture
    def asked(self, committing_app: Guerdon) -> list[str]:
        """The role of every statement that a request sent."""
        asked: list[str] = []

        @staff_only
        def for_staff() -> str:
            role = session.scalar(text("SELECT current_user"))
            return f"{role} {current_account().name} {current_actor().kind}"

        @signed_in
        def for_all() -> str:
            return str(session.scalar(text("SELECT current_user")))

        committing_app.add_url_rule("/for-staff", view_func=for_staff)
        committing_app.add_url_rule("/for-all", view_func=for_all)
        with committing_app.app_context():
            for name, engine in db.engines.items():
                event.listen(engine, "before_cursor_execute", lambda *_, name=name: asked.append(name or "app"))
        return asked

    @pytest.fixture
    def client(self, committing_app: Guerdon, asked: list[str]) -> PageClient:
        return committing_app.test_client()

    def signed_in_as(self, client: PageClient, *, is_staff: bool) -> Person:
        with client.application.app_context():
            person = a_person("Ines", is_staff=is_staff)
        client.sign_in(person.id)
        return person

    def test_staff_pages_are_served_wholly_as_staff(self, client: PageClient, asked: list[str]) -> None:
        self.signed_in_as(client, is_staff=True)
        asked.clear()
        assert client.get("/for-staff").text == "guerdon_staff Ines staff"
        assert set(asked) == {"staff"}

    def test_their_other_pages_are_not(self, client: PageClient, asked: list[str]) -> None:
        self.signed_in_as(client, is_staff=True)
        asked.clear()
        assert client.get("/for-all").text == "guerdon_app"
        assert set(asked) == {"app"}

    def test_to_others_they_do_not_exist(self, client: PageClient, asked: list[str]) -> None:
        self.signed_in_as(client, is_staff=False)
        assert client.get("/for-staff").status_code == 404
        with client:
            client.get("/for-staff")
            assert g.role == "app"

    def test_strangers_are_asked_to_sign_in(self, client: PageClient, asked: list[str]) -> None:
        asked.clear()
        assert client.get("/for-staff").location == "/sign-in?next=%2Ffor-staff"
        assert asked == []
