"""Signing in and out."""

import argon2
import pytest
from sqlalchemy import select

from app.accounts.models import Account, AccountSession
from app.accounts.throttle import count_guess
from app.core.db import session
from app.core.platform_settings import change_platform_settings
from app.core.tables import AuditEntry
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from tests.accounts.conftest import Later
from tests.factories.accounts import Person, a_person, account_of
from tests.support.letters import letters_to
from tests.support.pages import Page, PageClient

FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


def test_address_and_password_sign_in(client: PageClient, person: Person) -> None:
    answer = client.submit("/sign-in", person.sign_in, headers=FIREFOX)
    assert (answer.status_code, answer.location) == (303, "/")
    assert "Firefox on Linux" in client.page("/account/sessions").text
    with unit_of_work():
        account = account_of(person)
        assert account.last_login_at is not None
        assert account.last_login_ip == "127.0.0.1"


def test_spelling_of_the_address_does_not_matter(client: PageClient) -> None:
    person = a_person(email="Ines@Example.org")
    assert client.submit("/sign-in", {**person.sign_in, "email": " INES@example.ORG "}).status_code == 303


def test_one_goes_on_to_where_one_wanted_to_go(client: PageClient, person: Person) -> None:
    door = client.get("/account/sessions?page=2")
    assert door.location == "/sign-in?next=%2Faccount%2Fsessions%3Fpage%3D2"
    assert "next=%2Faccount%2Fsessions" in client.page(door.location).all("form")[0].get("action", "")
    assert client.submit(door.location, person.sign_in).location == "/account/sessions?page=2"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_sent_elsewhere(client: PageClient, person: Person, target: str) -> None:
    answer = client.submit("/sign-in", person.sign_in, query_string={"next": target})
    assert answer.location == "/"


def test_a_wrong_password_and_an_unknown_address_are_told_alike(app: Guerdon, person: Person) -> None:
    wrong = app.test_client().submit("/sign-in", {"email": person.email, "password": "not this one"})
    unknown = app.test_client().submit("/sign-in", {"email": "otto@example.org", "password": "not this one"})
    assert wrong.status_code == unknown.status_code == 422
    assert Page(wrong).text == Page(unknown).text
    assert "The address or the password is not right." in Page(wrong).text
    with unit_of_work(role="staff"):
        subjects = session.scalars(select(AuditEntry.subject_id).where(AuditEntry.action == "sign_in.failed")).all()
    assert set(subjects) == {str(person.id), "unknown"}


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"email": "", "password": ""},
        {"email": "\x00", "password": "\x00"},
        {"email": "x" * 5000, "password": "y" * 5000},
        {"email": "ines", "password": "🦦" * 300},
    ],
)
def test_junk_is_refused(client: PageClient, values: dict[str, str]) -> None:
    assert client.submit("/sign-in", values).status_code == 422


@pytest.mark.parametrize("status", ["suspended", "inactive"])
def test_the_suspended_are_told_after_the_right_password_alone(client: PageClient, status: str) -> None:
    person = a_person(status=status)
    with unit_of_work():
        change_platform_settings(contact_email="help@example.org")
    right = client.submit("/sign-in", person.sign_in)
    assert right.status_code == 422
    assert "suspended. Write to help@example.org" in Page(right).text
    wrong = client.submit("/sign-in", {**person.sign_in, "password": "not this one"})
    assert "suspended" not in Page(wrong).text


def test_a_deleted_account_is_unknown(client: PageClient, person: Person, later: Later) -> None:
    with unit_of_work():
        account_of(person).deleted_at = account_of(person).created_at
    answer = client.submit("/sign-in", person.sign_in)
    assert "The address or the password is not right." in Page(answer).text


def test_an_account_without_a_password_cannot_be_entered(client: PageClient, person: Person) -> None:
    with unit_of_work():
        account_of(person).password_hash = None
    assert client.submit("/sign-in", {**person.sign_in, "password": "nobody's"}).status_code == 422


def test_an_outdated_hash_is_made_anew(client: PageClient, person: Person) -> None:
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(person.password)
    with unit_of_work():
        account_of(person).password_hash = weak
    assert client.submit("/sign-in", person.sign_in).status_code == 303
    with unit_of_work():
        assert "m=19456,t=2,p=1" in (account_of(person).password_hash or "")


def test_to_be_remembered_is_30_days_and_else_12_hours(app: Guerdon, person: Person, later: Later) -> None:
    brief, remembered = app.test_client(), app.test_client()
    short = brief.submit("/sign-in", person.sign_in)
    long = remembered.submit("/sign-in", {**person.sign_in, "remember": "y"})
    cookies = [
        next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("guerdon=")) for answer in (short, long)
    ]
    assert "Expires" not in cookies[0]
    assert "Expires" in cookies[1]
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in cookies)
    with later(hours=11):
        assert brief.get("/account").status_code == 200
    with later(hours=13):
        assert brief.get("/account").status_code == 303
        assert remembered.get("/account").status_code == 200
    with later(days=31):
        assert remembered.get("/account").status_code == 303


def test_the_token_is_new_with_each_sign_in(client: PageClient, person: Person) -> None:
    tokens = set()
    for _ in range(2):
        client.submit("/sign-in", person.sign_in)
        with client.session_transaction() as cookie:
            tokens.add(cookie["token"])
        client.submit("/sign-out")
    assert len(tokens) == 2


def test_signing_out_ends_the_session_in_the_database(client: PageClient, person: Person) -> None:
    client.submit("/sign-in", person.sign_in)
    with client.session_transaction() as cookie:
        token = cookie["token"]
    assert client.submit("/sign-out").location == "/sign-in"
    assert "You are signed out." in client.page("/sign-in").text
    with client.session_transaction() as cookie:
        cookie["token"] = token
    assert client.get("/account").status_code == 303
    with unit_of_work():
        assert session.scalars(select(AccountSession.revoked_at)).one() is not None


def test_signing_out_twice_does_no_harm(client: PageClient, person: Person) -> None:
    client.sign_in(person.id)
    assert [client.submit("/sign-out").status_code for _ in range(2)] == [303, 303]
    assert client.get("/sign-out").status_code == 405


@pytest.mark.parametrize("token", ["", "x", "x" * 5000, 5, None, ["a"], {"a": 1}])
def test_a_strange_token_opens_nothing(client: PageClient, token: object) -> None:
    with client.session_transaction() as cookie:
        cookie["token"] = token
    assert client.get("/account").status_code == 303


def test_a_known_browser_brings_no_letter_and_a_new_one_does(app: Guerdon, person: Person) -> None:
    own, foreign = app.test_client(), app.test_client()
    own.submit("/sign-in", person.sign_in)
    own.submit("/sign-out")
    own.submit("/sign-in", person.sign_in)
    assert letters_to(person.email) == []
    foreign.submit("/sign-in", person.sign_in, headers=FIREFOX)
    (letter,) = letters_to(person.email)
    assert letter.subject == "A new sign-in to your account"
    assert "Firefox on Linux, from 127.0.0.1" in letter.text


def test_a_forged_browser_cookie_is_an_unknown_browser(client: PageClient, person: Person) -> None:
    with unit_of_work():
        account_of(person).last_login_at = account_of(person).created_at
    client.set_cookie("guerdon_browser", "eyJhIjoiYiJ9.forged")
    assert client.submit("/sign-in", person.sign_in).status_code == 303
    assert len(letters_to(person.email)) == 1


class TestThrottle:
    def guess(self, client: PageClient, person: Person, times: int) -> list[int]:
        wrong = {"email": person.email, "password": "not this one"}
        return [client.submit("/sign-in", wrong).status_code for _ in range(times)]

    def test_guesses_at_one_account_end(self, client: PageClient, person: Person) -> None:
        assert self.guess(client, person, 11) == [422] * 10 + [429]
        answer = client.submit("/sign-in", person.sign_in)
        assert answer.status_code == 429
        assert 0 < int(answer.headers["Retry-After"]) <= 900
        assert "Try again in 15 minutes." in Page(answer).text

    def test_an_unknown_address_is_counted_alike(self, client: PageClient, app: Guerdon) -> None:
        assert self.guess(client, Person(a_person().id, "otto@example.org"), 11) == [422] * 10 + [429]

    def test_other_accounts_are_not_hindered(self, client: PageClient, person: Person) -> None:
        self.guess(client, person, 11)
        assert client.submit("/sign-in", a_person().sign_in).status_code == 303

    def test_the_owner_is_not_locked_out_by_a_stranger(self, app: Guerdon, person: Person) -> None:
        own = app.test_client()
        own.submit("/sign-in", person.sign_in)
        own.submit("/sign-out")
        assert self.guess(app.test_client(), person, 11)[-1] == 429
        assert own.submit("/sign-in", person.sign_in).status_code == 303

    def test_guesses_from_one_network_address_end(self, client: PageClient) -> None:
        for number in range(60):
            count_guess("password", f"somebody {number}", address="127.0.0.1")
        answer = client.submit("/sign-in", {"email": "fresh@example.org", "password": "not this one"})
        assert answer.status_code == 429
        elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
        answer = client.submit("/sign-in", {"email": "b@example.org", "password": "no"}, environ_overrides=elsewhere)
        assert answer.status_code == 422


def test_the_account_is_not_named_in_the_cookie_of_a_stranger(client: PageClient, person: Person) -> None:
    client.submit("/sign-in", {"email": person.email, "password": "not this one"})
    with client.session_transaction() as cookie:
        assert set(cookie) <= {"csrf_token", "_flashes"}


def test_names_with_marks_are_shown_as_text(client: PageClient) -> None:
    person = a_person("<script>alert(1)</script> & Söhne")
    client.sign_in(person.id)
    assert "<script>alert(1)</script> & Söhne" in client.page("/account").by_id("name").get("value", "")
    with unit_of_work():
        assert session.scalars(select(Account.name)).one() == "<script>alert(1)</script> & Söhne"
