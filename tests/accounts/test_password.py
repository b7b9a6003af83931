"""Forgotten and changed passwords."""

import pytest
from sqlalchemy import select

from app.accounts.models import AccountToken
from app.core.db import session
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from tests.accounts.conftest import Later
from tests.factories.accounts import PASSWORD, Person, a_person, account_of
from tests.support.letters import letters_to
from tests.support.pages import Page, PageClient

NEW = "seven green bicycles"
CHANGE = "/account/password"


@pytest.fixture
def link(client: PageClient, person: Person) -> str:
    client.submit("/password/forgotten", {"email": person.email})
    return letters_to(person.email)[0].link


class TestForgotten:
    def test_known_and_unknown_addresses_are_told_alike(self, app: Guerdon, person: Person) -> None:
        known = Page(app.test_client().submit("/password/forgotten", {"email": person.email}))
        unknown = Page(app.test_client().submit("/password/forgotten", {"email": "otto@example.org"}))
        assert known.text.replace(person.email, "") == unknown.text.replace("otto@example.org", "")
        assert known.response.status_code == unknown.response.status_code == 200
        assert [letter.subject for letter in letters_to(person.email)] == ["Set a new password"]
        assert letters_to("otto@example.org") == []

    @pytest.mark.parametrize("status", ["suspended", "inactive"])
    def test_those_kept_out_get_no_letter(self, client: PageClient, status: str) -> None:
        person = a_person(status=status)
        assert client.submit("/password/forgotten", {"email": person.email}).status_code == 200
        assert letters_to(person.email) == []

    @pytest.mark.parametrize("email", ["", "ines", "\x00", "x" * 5000])
    def test_what_is_no_address_is_refused(self, client: PageClient, email: str) -> None:
        assert client.submit("/password/forgotten", {"email": email}).status_code == 422

    def test_too_many_letters_are_refused_for_known_and_unknown(self, app: Guerdon, person: Person) -> None:
        for email in (person.email, "otto@example.org"):
            client = app.test_client()
            answers = [client.submit("/password/forgotten", {"email": email}).status_code for _ in range(6)]
            assert answers == [200] * 5 + [429]

    def test_other_methods_are_refused(self, client: PageClient) -> None:
        assert client.put("/password/forgotten", headers={"X-CSRFToken": client.csrf_token()}).status_code == 405


class TestReset:
    def test_the_link_sets_a_password_and_ends_all_sessions(
        self, app: Guerdon, client: PageClient, person: Person, link: str
    ) -> None:
        elsewhere = app.test_client().sign_in(person.id)
        assert client.submit(link, {"password": NEW}).location == "/sign-in"
        assert elsewhere.get("/account").status_code == 303
        assert client.submit("/sign-in", person.sign_in).status_code == 422
        assert client.submit("/sign-in", {**person.sign_in, "password": NEW}).location == "/"
        assert "Your password was changed" in [letter.subject for letter in letters_to(person.email)]

    def test_it_is_good_once_and_voids_the_others(self, client: PageClient, person: Person, link: str) -> None:
        client.submit("/password/forgotten", {"email": person.email})
        other = letters_to(person.email)[1].link
        assert client.submit(link, {"password": NEW}).status_code == 303
        for used in (link, other):
            assert client.get(used).status_code == 410
            assert client.submit(used, {"password": NEW}).status_code == 410

    def test_it_ends_after_an_hour(self, client: PageClient, link: str, later: Later) -> None:
        with later(minutes=59):
            assert client.get(link).status_code == 200
        with later(minutes=61):
            assert client.get(link).status_code == 410
            assert client.submit(link, {"password": NEW}).status_code == 410

    @pytest.mark.parametrize("password", ["", "short", "Password2026!", "InesAlder1234"])
    def test_a_weak_password_leaves_the_link_good(self, client: PageClient, link: str, password: str) -> None:
        assert client.submit(link, {"password": password}).status_code == 422
        assert client.submit(link, {"password": NEW}).status_code == 303

    def test_a_link_to_an_earlier_address_is_worth_nothing(self, client: PageClient, person: Person, link: str) -> None:
        with unit_of_work():
            account_of(person).email = account_of(person).email_key = "new@example.org"
        assert client.get(link).status_code == 410

    def test_it_confirms_an_address_that_was_waiting(self, client: PageClient) -> None:
        person = a_person(status="pending_verification")
        client.submit("/password/forgotten", {"email": person.email})
        client.submit(letters_to(person.email)[0].link, {"password": NEW})
        with unit_of_work():
            assert account_of(person).status == "active"
            assert account_of(person).email_verified_at is not None

    def test_only_a_digest_of_the_link_is_kept(self, app: Guerdon, link: str) -> None:
        with unit_of_work():
            kept = session.scalars(select(AccountToken.token_hash)).one()
        assert link.rpartition("/")[2].encode() not in kept
        assert len(kept) == 32

    @pytest.mark.parametrize("path", ["/password/reset/nothing", "/password/reset/" + "x" * 900])
    def test_an_unknown_link_offers_another(self, client: PageClient, path: str) -> None:
        assert "Ask for a new link" in client.page(path, 410).text


class TestChange:
    @pytest.fixture
    def me(self, client: PageClient, person: Person) -> PageClient:
        return client.sign_in(person.id)

    def test_other_sessions_end_and_this_one_gets_another_token(
        self, app: Guerdon, me: PageClient, person: Person
    ) -> None:
        elsewhere = app.test_client().sign_in(person.id)
        with me.session_transaction() as cookie:
            before = cookie["token"]
        assert me.submit(CHANGE, {"old_password": PASSWORD, "new_password": NEW}).location == "/account/security"
        assert me.get("/account/security").status_code == 200
        assert elsewhere.get("/account").status_code == 303
        with me.session_transaction() as cookie:
            cookie["token"] = before
        assert me.get("/account/security").status_code == 303
        assert [letter.subject for letter in letters_to(person.email)] == ["Your password was changed"]

    def test_links_sent_before_are_void(self, me: PageClient, link: str) -> None:
        me.submit(CHANGE, {"old_password": PASSWORD, "new_password": NEW})
        assert me.get(link).status_code == 410

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"old_password": "not this one", "new_password": NEW}, "old_password"),
            ({"old_password": PASSWORD, "new_password": "short"}, "new_password"),
            ({"old_password": PASSWORD, "new_password": "Password2026!"}, "new_password"),
            ({"old_password": PASSWORD}, "new_password"),
            ({"new_password": NEW}, "old_password"),
        ],
    )
    def test_what_is_wrong_is_said_at_its_field(self, me: PageClient, values: dict[str, str], field: str) -> None:
        answer = me.submit(CHANGE, values)
        assert answer.status_code == 422
        assert Page(answer).by_id(field).get("aria-invalid") == "true"

    def test_passwords_are_not_sent_back(self, me: PageClient) -> None:
        answer = me.submit(CHANGE, {"old_password": "not this one", "new_password": NEW})
        assert NEW not in answer.text
        assert "not this one" not in answer.text

    def test_guessing_ends(self, me: PageClient) -> None:
        wrong = {"old_password": "not this one", "new_password": NEW}
        assert [me.submit(CHANGE, wrong).status_code for _ in range(11)] == [422] * 10 + [429]
