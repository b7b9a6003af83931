"""Name, way of writing, time zone, theme, and the address."""

import re

import pytest
from sqlalchemy import select

from app.core.db import session
from app.core.tables import AuditEntry
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from tests.factories.accounts import PASSWORD, Person, a_person, account_of
from tests.support.letters import letters_to
from tests.support.pages import Page, PageClient

PROFILE = {"name": "Ines Alder", "locale": "de", "timezone": "Europe/Berlin", "theme": "dark"}
ADDRESS = "/account/email"


@pytest.fixture
def me(client: PageClient, person: Person) -> PageClient:
    return client.sign_in(person.id)


def test_a_profile_is_saved(me: PageClient, person: Person) -> None:
    answer = me.submit("/account", PROFILE)
    assert answer.location == "/account"
    assert "theme=dark" in answer.headers["Set-Cookie"]
    with unit_of_work():
        account = account_of(person)
        assert (account.name, account.locale, account.timezone) == ("Ines Alder", "de", "Europe/Berlin")
    with unit_of_work(role="staff"):
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "account.changed")).one()
        assert (entry.actor_kind, entry.actor_id, entry.subject_id) == ("account", person.id, str(person.id))
    chosen = me.page("/account").form("/account")
    assert {name: chosen[name] for name in PROFILE} == PROFILE


def test_saving_twice_does_no_harm(me: PageClient) -> None:
    assert [me.submit("/account", PROFILE).status_code for _ in range(2)] == [303, 303]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "\x00 \x01"}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"locale": "tlh"}, "locale"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"theme": "neon"}, "theme"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(me: PageClient, values: dict[str, str], field: str) -> None:
    answer = me.submit("/account", {**PROFILE, **values})
    assert answer.status_code == 422
    assert f"field-{field}" in answer.text
    assert Page(answer).all("p", id=f"{field}-error")


def test_a_name_stays_on_one_line(me: PageClient, person: Person) -> None:
    me.submit("/account", {**PROFILE, "name": " Ines\r\n\t Alder\u202e "})
    with unit_of_work():
        assert "\n" not in account_of(person).name


def test_a_time_zone_that_was_struck_from_the_list_stays_chosen(me: PageClient, person: Person) -> None:
    with unit_of_work():
        account_of(person).timezone = "Asia/Nowhere"
    assert me.submit("/account", {**PROFILE, "timezone": "Asia/Nowhere"}).status_code == 303


class TestAddress:
    def ask(self, me: PageClient, email: str = "new@example.org", password: str = PASSWORD) -> Page:
        return Page(me.submit(ADDRESS, {"email": email, "password": password}))

    def test_the_new_address_counts_once_it_is_confirmed(self, me: PageClient, person: Person) -> None:
        assert "new@example.org" in self.ask(me).text
        with unit_of_work():
            assert account_of(person).email == person.email
        link = letters_to("new@example.org")[0].link
        assert "new@example.org" in me.page(link).text
        assert me.submit(link).location == "/account"
        assert [letter.subject for letter in letters_to(person.email)] == ["Your address was changed"]
        me.submit("/sign-out")
        assert me.submit("/sign-in", person.sign_in).status_code == 422
        assert me.submit("/sign-in", {**person.sign_in, "email": "new@example.org"}).status_code == 303

    def test_a_taken_address_gets_the_same_answer_and_a_letter(self, me: PageClient) -> None:
        other = a_person()
        free, taken = self.ask(me), self.ask(me, other.email)
        assert free.text.replace("new@example.org", "") == taken.text.replace(other.email, "")
        assert [letter.subject for letter in letters_to(other.email)] == ["You have an account already"]

    def test_an_address_that_was_taken_meanwhile_is_refused_in_words(self, me: PageClient, person: Person) -> None:
        self.ask(me)
        a_person(email="new@example.org")
        answer = me.submit(letters_to("new@example.org")[0].link)
        assert answer.status_code == 422
        assert "already has an account" in Page(answer).text
        with unit_of_work():
            assert account_of(person).email == person.email

    def test_only_who_asked_may_confirm(self, app: Guerdon, me: PageClient, person: Person) -> None:
        self.ask(me)
        link = letters_to("new@example.org")[0].link
        stranger = app.test_client()
        assert stranger.get(link).location.startswith("/sign-in?next=")
        stranger.sign_in(a_person().id)
        assert stranger.get(link).status_code == 410
        assert stranger.submit(link).status_code == 410
        with unit_of_work():
            assert account_of(person).email == person.email

    def test_a_link_is_good_once_and_the_last_one_alone(self, me: PageClient) -> None:
        self.ask(me, "one@example.org")
        self.ask(me, "two@example.org")
        one, two = letters_to("one@example.org")[0].link, letters_to("two@example.org")[0].link
        assert me.get(one).status_code == 410
        assert me.submit(two).status_code == 303
        assert me.submit(two).status_code == 410

    @pytest.mark.parametrize(
        ("email", "password", "field"),
        [
            ("new@example.org", "not this one", "password"),
            ("new@example.org", "", "password"),
            ("new", PASSWORD, "email"),
            ("", PASSWORD, "email"),
        ],
    )
    def test_what_is_wrong_is_said_at_its_field(self, me: PageClient, email: str, password: str, field: str) -> None:
        page = self.ask(me, email, password)
        assert page.response.status_code == 422
        assert page.by_id(field).get("aria-invalid") == "true"
        assert letters_to("new@example.org") == []

    def test_ones_own_address_is_no_new_one(self, me: PageClient, person: Person) -> None:
        assert "your address already" in self.ask(me, person.email).text

    def test_letter_case_of_ones_own_address_may_change(self, me: PageClient, person: Person) -> None:
        self.ask(me, person.email.upper())
        link = letters_to(person.email.partition("@")[0].upper() + "@example.org")[0].link
        assert me.submit(link).status_code == 303


@pytest.mark.parametrize(("locale", "form"), [("en", r"\d\d? [A-Z][a-z]{2} \d{4}"), ("de", r"\d\d?\.\d\d\.\d{4}")])
def test_dates_are_written_in_the_way_that_was_chosen(me: PageClient, locale: str, form: str) -> None:
    me.submit("/account", {**PROFILE, "locale": locale})
    assert re.search(form, me.page("/account/sessions").text)


def test_a_locale_that_was_struck_from_the_list_is_the_house_s(me: PageClient, person: Person) -> None:
    with unit_of_work():
        account_of(person).locale = "xx_YY"
    me.page("/account/sessions")
