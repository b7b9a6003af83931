"""Signing up: the form, the letter, and who is let in."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from app.accounts.models import Account
from app.accounts.operations.sign_up import create_verified_account
from app.accounts.signals import invitation_sought
from app.core.db import session
from app.core.errors import Conflict
from app.core.platform_settings import change_platform_settings
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from tests.accounts.conftest import Later
from tests.factories.accounts import PASSWORD, Person, a_person, account_of
from tests.support.letters import letters_to
from tests.support.pages import Page, PageClient

INES = {"name": "Ines Alder", "email": "ines@example.org", "password": PASSWORD}


def account_at(email: str) -> Account | None:
    with unit_of_work():
        account = session.scalar(select(Account).where(Account.email_key == email))
        if account is not None:
            session.expunge(account)
        return account


def test_whoever_signs_up_gets_a_letter_and_waits(client: PageClient) -> None:
    answer = client.submit("/sign-up", INES)
    assert (answer.status_code, answer.location) == (303, "/sign-up/letter")
    assert "ines@example.org" in client.page("/sign-up/letter").text
    account = account_at("ines@example.org")
    assert account is not None
    assert (account.status, account.is_staff, account.name) == ("pending_verification", False, "Ines Alder")
    (letter,) = letters_to("ines@example.org")
    assert letter.subject == "Confirm your address"
    assert letter.link.startswith("/verify/")


def test_a_known_address_gets_the_same_answer_and_another_letter(client: PageClient, app: Guerdon) -> None:
    a_person("Somebody Else", email="ines@example.org")
    unknown = client.submit("/sign-up", {**INES, "email": "otto@example.org"})
    known = app.test_client().submit("/sign-up", INES)
    assert (known.status_code, known.location, known.get_data()) == (
        unknown.status_code,
        unknown.location,
        unknown.get_data(),
    )
    assert [letter.subject for letter in letters_to("ines@example.org")] == ["You have an account already"]
    with unit_of_work():
        assert session.scalars(select(Account.name).where(Account.email_key == "ines@example.org")).all() == [
            "Somebody Else"
        ]


def test_letter_case_makes_no_other_address(client: PageClient) -> None:
    a_person(email="ines@example.org")
    client.submit("/sign-up", {**INES, "email": "INES@Example.ORG"})
    with unit_of_work():
        assert len(session.scalars(select(Account)).all()) == 1


def test_signing_up_again_before_the_letter_was_read_makes_the_last_password_count(client: PageClient) -> None:
    client.submit("/sign-up", {**INES, "password": "a stranger chose this"})
    client.submit("/sign-up", INES)
    first, second = letters_to("ines@example.org")
    assert client.get(first.link).status_code == 410
    assert client.submit(second.link, {"password": "a stranger chose this"}).status_code == 422
    assert client.submit(second.link, {"password": PASSWORD}).status_code == 303


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "\x00\x07"}, "name"),
        ({"email": "ines"}, "email"),
        ({"email": "ines@"}, "email"),
        ({"email": "ines@exam ple.org"}, "email"),
        ({"email": "ines@example.org\nBcc: otto@example.org"}, "email"),
        ({"email": "i" * 250 + "@example.org"}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "Password2026!"}, "password"),
        ({"password": "x" * 2000}, "password"),
        ({"password": ""}, "password"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(client: PageClient, values: dict[str, str], field: str) -> None:
    answer = client.submit("/sign-up", {**INES, **values})
    assert answer.status_code == 422
    page = Page(answer)
    assert page.by_id(field).get("aria-invalid") == "true"
    if "name" not in values:
        assert page.by_id("name").get("value") == "Ines Alder"
    with unit_of_work():
        assert session.scalars(select(Account)).all() == []


def test_the_name_is_not_in_the_letter_to_an_address_that_nobody_confirmed(client: PageClient) -> None:
    client.submit("/sign-up", {**INES, "name": "Win at casino.example"})
    (letter,) = letters_to("ines@example.org")
    assert "casino" not in letter.text + letter.html + letter.subject


def test_another_letter_can_be_asked_for(client: PageClient) -> None:
    client.submit("/sign-up", INES)
    assert client.submit("/sign-up/letter").location == "/sign-up/letter"
    first, second = letters_to("ines@example.org")
    assert first.link != second.link
    assert client.page(first.link).title.startswith("Confirm")
    assert client.page(second.link).title.startswith("Confirm")


def test_another_letter_for_nobody_is_sent_to_nobody(client: PageClient) -> None:
    assert client.submit("/sign-up/letter").location == "/sign-up/letter"
    assert client.get("/sign-up/letter").location == "/sign-up"


def test_too_many_letters_are_refused(client: PageClient) -> None:
    answers = [client.submit("/sign-up", INES).status_code for _ in range(6)]
    assert answers == [303] * 5 + [429]
    again = client.submit("/sign-up", INES)
    assert int(again.headers["Retry-After"]) > 0
    assert "Try again in" in Page(again).text


def test_signed_in_people_are_sent_on(client: PageClient, person: Person) -> None:
    client.sign_in(person.id)
    assert client.get("/sign-up?next=/account/sessions").location == "/account/sessions"
    assert client.submit("/sign-up", INES).location == "/"
    assert client.get("/sign-up?next=//evil.example").location == "/"


@pytest.mark.parametrize("path", ["/sign-up", "/sign-up/letter"])
def test_other_methods_are_refused(client: PageClient, path: str) -> None:
    assert client.delete(path, headers={"X-CSRFToken": client.csrf_token()}).status_code == 405


def test_a_form_without_its_token_is_stale(client: PageClient) -> None:
    assert client.post("/sign-up", data=INES).status_code == 419


class TestClosed:
    @pytest.fixture(autouse=True)
    def closed(self, app: Guerdon) -> None:
        a_person()
        with unit_of_work():
            change_platform_settings(sign_up_open=False)

    def test_strangers_are_told(self, client: PageClient) -> None:
        answer = client.submit("/sign-up", INES)
        assert answer.status_code == 422
        assert "by invitation only" in Page(answer).text
        assert letters_to("ines@example.org") == []

    def test_known_addresses_are_told_the_same(self, client: PageClient, app: Guerdon) -> None:
        a_person(email="otto@example.org")
        one = Page(client.submit("/sign-up", INES)).text
        other = Page(app.test_client().submit("/sign-up", {**INES, "email": "otto@example.org"})).text
        assert one == other

    def test_the_invited_are_taken(self, client: PageClient) -> None:
        def invited(address_key: str) -> bool:
            return address_key == "ines@example.org"

        with invitation_sought.connected_to(invited):
            assert client.submit("/sign-up", INES).status_code == 303
            assert client.submit("/sign-up", {**INES, "email": "otto@example.org"}).status_code == 422


class TestWithSetUpToken:
    @pytest.fixture
    def app(self, app: Guerdon, monkeypatch: pytest.MonkeyPatch) -> Guerdon:
        monkeypatch.setattr(app, "settings", replace(app.settings, setup_token="a token that was printed"))
        return app

    def test_the_first_account_needs_it(self, app: Guerdon, client: PageClient) -> None:
        assert "Set-up token" in client.page("/sign-up").text
        assert client.submit("/sign-up", INES).status_code == 422
        wrong = client.submit("/sign-up", {**INES, "setup_token": "a guess"})
        assert wrong.status_code == 422
        assert Page(wrong).by_id("setup_token").get("aria-invalid") == "true"
        assert client.submit("/sign-up", {**INES, "setup_token": "a token that was printed"}).status_code == 303

    def test_later_ones_do_not(self, app: Guerdon, client: PageClient) -> None:
        a_person()
        assert "Set-up token" not in client.page("/sign-up").text
        assert client.submit("/sign-up", INES).status_code == 303


class TestVerification:
    @pytest.fixture
    def link(self, client: PageClient) -> str:
        client.submit("/sign-up?next=/account/sessions", INES)
        return letters_to("ines@example.org")[0].link

    def test_the_link_and_the_password_sign_in(self, client: PageClient, app: Guerdon, link: str) -> None:
        elsewhere = app.test_client()
        assert "ines@example.org" in elsewhere.page(link).text
        answer = elsewhere.submit(link, {"password": PASSWORD})
        assert (answer.status_code, answer.location) == (303, "/account/sessions")
        assert "This one" in elsewhere.page("/account/sessions").text

    def test_the_first_account_is_staff_and_the_second_is_not(
        self, client: PageClient, app: Guerdon, link: str
    ) -> None:
        client.submit(link, {"password": PASSWORD})
        other = app.test_client()
        other.submit("/sign-up", {**INES, "email": "otto@example.org"})
        other.submit(letters_to("otto@example.org")[0].link, {"password": PASSWORD})
        first, second = account_at("ines@example.org"), account_at("otto@example.org")
        assert first is not None
        assert second is not None
        assert (first.status, first.is_staff) == ("active", True)
        assert (second.status, second.is_staff) == ("active", False)

    def test_the_link_is_good_once(self, client: PageClient, app: Guerdon, link: str) -> None:
        client.submit(link, {"password": PASSWORD})
        assert app.test_client().get(link).status_code == 410
        assert app.test_client().submit(link, {"password": PASSWORD}).status_code == 410

    def test_a_wrong_password_is_refused_and_the_link_stays_good(self, client: PageClient, link: str) -> None:
        assert client.submit(link, {"password": "not this one"}).status_code == 422
        assert client.submit(link, {"password": PASSWORD}).status_code == 303

    def test_guessing_ends(self, client: PageClient, link: str) -> None:
        answers = [client.submit(link, {"password": "not this one"}).status_code for _ in range(11)]
        assert answers == [422] * 10 + [429]

    @pytest.mark.parametrize("path", ["/verify/nothing", "/verify/" + "x" * 500])
    def test_an_unknown_link_says_what_to_do(self, client: PageClient, path: str) -> None:
        assert "Sign in" in client.page(path, 410).text

    def test_it_ends_after_a_day(self, client: PageClient, link: str, later: Later) -> None:
        with later(hours=25):
            assert client.get(link).status_code == 410

    def test_a_link_of_another_purpose_does_not_do(self, client: PageClient, person: Person) -> None:
        client.submit("/password/forgotten", {"email": person.email})
        link = letters_to(person.email)[0].link
        assert client.get(link.replace("/password/reset/", "/verify/")).status_code == 410

    def test_the_unverified_are_shown_to_the_letter(self, client: PageClient, app: Guerdon, link: str) -> None:
        elsewhere = app.test_client()
        answer = elsewhere.submit("/sign-in?next=/account", {"email": INES["email"], "password": PASSWORD})
        assert answer.location == "/sign-up/letter?next=%2Faccount"
        assert "ines@example.org" in elsewhere.page("/sign-up/letter").text
        assert elsewhere.get("/account").status_code == 303


def test_an_account_made_by_a_command_is_ready(app: Guerdon, client: PageClient) -> None:
    with unit_of_work():
        account = create_verified_account("ines@example.org", PASSWORD, "Ines")
        assert (account.status, account.is_staff) == ("active", True)
    assert client.submit("/sign-in", {"email": "ines@example.org", "password": PASSWORD}).status_code == 303


def test_making_one_twice_is_told_in_words(app: Guerdon, person: Person) -> None:
    with pytest.raises(Conflict) as refused, unit_of_work():
        create_verified_account(person.email, PASSWORD, "Ines")
    assert refused.value.code == "email_taken"
    with unit_of_work():
        assert account_of(person).status == "active"
