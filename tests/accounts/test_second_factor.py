"""Two-step sign-in."""

import base64
import re

import pyotp
import pytest

from app.accounts.operations.second_factor import SECONDS
from app.core.clock import now
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from tests.accounts.conftest import Later
from tests.factories.accounts import PASSWORD, Person, account_of, with_second_factor
from tests.support.letters import letters_to
from tests.support.pages import Page, PageClient

SECURITY = "/account/security"
SET_UP = "/account/second-factor"
CONFIRM = "/account/second-factor/confirmations"
REMOVE = "/account/second-factor/removal"
CODES = "/account/recovery-codes"
STEP = "/sign-in/second-step"


def shown_by(phone: pyotp.TOTP, *, step: int = 0) -> str:
    return phone.at(int(now().timestamp()) + step * SECONDS)


def subjects(person: Person) -> list[str]:
    return [letter.subject for letter in letters_to(person.email)]


@pytest.fixture
def me(client: PageClient, person: Person) -> PageClient:
    return client.sign_in(person.id)


@pytest.fixture
def phone(person: Person) -> pyotp.TOTP:
    return with_second_factor(person)


class TestSettingUp:
    def begin(self, me: PageClient) -> pyotp.TOTP:
        assert me.submit(SET_UP, {"password": PASSWORD}).location == SET_UP
        page = me.page(SET_UP)
        secret = re.search(r"\b[A-Z2-7]{32}\b", page.text)
        assert secret
        picture = page.all("img", alt="QR code for the authenticator app")[0].get("src", "")
        assert picture.startswith("data:image/svg+xml")
        return pyotp.TOTP(secret[0])

    def test_password_picture_code_recovery_codes(self, me: PageClient, person: Person) -> None:
        phone = self.begin(me)
        page = Page(me.submit(CONFIRM, {"code": shown_by(phone)}))
        codes = re.findall(r"\b(?:[0-9a-z]{4}-){3}[0-9a-z]{4}\b", page.text)
        assert len(set(codes)) == 10
        file = next(link.get("href", "") for link in page.all("a") if link.get("download"))
        assert base64.b64decode(file.partition(",")[2]).decode().split()[-1] == codes[-1]
        assert subjects(person) == ["Two-step sign-in is on"]
        security = me.page(SECURITY).text
        assert "Recovery codes left 10" in security
        assert codes[0] not in security

    def test_it_takes_the_password(self, me: PageClient) -> None:
        answer = me.submit(SET_UP, {"password": "not this one"})
        assert answer.status_code == 422
        assert "This is not your password." in Page(answer).text
        assert me.submit(SET_UP, {}).status_code == 422

    @pytest.mark.parametrize("code", ["", "000000", "abc", "x" * 200, "\x00", "１２３４５６"])
    def test_a_wrong_code_switches_nothing_on(self, me: PageClient, code: str) -> None:
        self.begin(me)
        assert me.submit(CONFIRM, {"code": code}).status_code == 422
        assert "Set up two-step sign-in" in me.page(SECURITY).text

    def test_blanks_in_the_code_do_not_matter(self, me: PageClient) -> None:
        code = shown_by(self.begin(me))
        assert me.submit(CONFIRM, {"code": f" {code[:3]} {code[3:]} "}).status_code == 200

    def test_the_codes_are_shown_once(self, me: PageClient) -> None:
        code = shown_by(self.begin(me))
        me.submit(CONFIRM, {"code": code})
        assert me.submit(CONFIRM, {"code": code}).location == SECURITY
        assert me.get(SET_UP).location == SECURITY
        assert me.submit(SET_UP, {"password": PASSWORD}).location == SECURITY

    def test_confirming_before_beginning_leads_back(self, me: PageClient) -> None:
        assert me.submit(CONFIRM, {"code": "123456"}).location == SECURITY

    def test_the_session_gets_another_token(self, me: PageClient) -> None:
        phone = self.begin(me)
        with me.session_transaction() as cookie:
            before = cookie["token"]
        me.submit(CONFIRM, {"code": shown_by(phone)})
        with me.session_transaction() as cookie:
            assert cookie["token"] != before
            after, cookie["token"] = cookie["token"], before
        assert me.get(SECURITY).status_code == 303
        with me.session_transaction() as cookie:
            cookie["token"] = after
        assert me.get(SECURITY).status_code == 200


class TestSigningIn:
    def first_step(self, client: PageClient, person: Person, **more: str) -> None:
        assert client.submit("/sign-in", {**person.sign_in, **more}).location == STEP

    def test_the_password_alone_is_not_enough(self, client: PageClient, person: Person, phone: pyotp.TOTP) -> None:
        self.first_step(client, person)
        assert client.get("/account").status_code == 303
        assert client.submit(STEP, {"code": shown_by(phone)}).location == "/"
        assert client.get("/account").status_code == 200

    def test_where_one_wanted_to_go_is_kept(self, client: PageClient, person: Person, phone: pyotp.TOTP) -> None:
        step = client.submit("/sign-in?next=/account/sessions", person.sign_in).location
        assert client.submit(step, {"code": shown_by(phone)}).location == "/account/sessions"

    def test_to_be_remembered_is_kept(
        self, client: PageClient, person: Person, phone: pyotp.TOTP, later: Later
    ) -> None:
        self.first_step(client, person, remember="y")
        client.submit(STEP, {"code": shown_by(phone)})
        with later(days=20):
            assert client.get("/account").status_code == 200

    def test_a_code_is_good_once(self, app: Guerdon, person: Person, phone: pyotp.TOTP) -> None:
        one, other = app.test_client(), app.test_client()
        code = shown_by(phone)
        self.first_step(one, person)
        self.first_step(other, person)
        assert one.submit(STEP, {"code": code}).status_code == 303
        assert other.submit(STEP, {"code": code}).status_code == 422

    def test_an_earlier_code_is_no_longer_good(self, app: Guerdon, person: Person, phone: pyotp.TOTP) -> None:
        one, other = app.test_client(), app.test_client()
        self.first_step(one, person)
        self.first_step(other, person)
        assert one.submit(STEP, {"code": shown_by(phone)}).status_code == 303
        assert other.submit(STEP, {"code": shown_by(phone, step=-1)}).status_code == 422
        assert other.submit(STEP, {"code": shown_by(phone, step=1)}).status_code == 303

    @pytest.mark.parametrize("step", [-2, 2])
    def test_a_clock_may_be_half_a_minute_off_and_no_more(
        self, client: PageClient, person: Person, phone: pyotp.TOTP, step: int
    ) -> None:
        self.first_step(client, person)
        assert client.submit(STEP, {"code": shown_by(phone, step=step)}).status_code == 422

    def test_guessing_ends(self, client: PageClient, person: Person, phone: pyotp.TOTP) -> None:
        self.first_step(client, person)
        answers = [client.submit(STEP, {"code": "000000"}).status_code for _ in range(11)]
        assert answers == [422] * 10 + [429]

    def test_it_is_over_after_ten_minutes(
        self, client: PageClient, person: Person, phone: pyotp.TOTP, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.first_step(client, person)
        with client.session_transaction() as cookie:
            cookie["between_steps"] = {**cookie["between_steps"], "until": 1}
        assert client.get(STEP).location == "/sign-in"
        assert client.submit(STEP, {"code": shown_by(phone)}).location == "/sign-in"

    def test_without_a_first_step_there_is_no_second(self, client: PageClient) -> None:
        assert client.get(STEP).location == "/sign-in"
        assert client.submit(STEP, {"code": "123456"}).location == "/sign-in"

    def test_another_password_makes_the_first_step_worth_nothing(
        self, app: Guerdon, client: PageClient, person: Person, phone: pyotp.TOTP
    ) -> None:
        self.first_step(client, person)
        client_elsewhere = app.test_client()
        client_elsewhere.submit("/password/forgotten", {"email": person.email})
        client_elsewhere.submit(letters_to(person.email)[0].link, {"password": "seven green bicycles"})
        assert client.submit(STEP, {"code": shown_by(phone)}).location == "/sign-in"
        assert client.get("/account").status_code == 303

    def test_a_suspended_account_does_not_pass(self, client: PageClient, person: Person, phone: pyotp.TOTP) -> None:
        self.first_step(client, person)
        with unit_of_work():
            account_of(person).status = "suspended"
        assert client.submit(STEP, {"code": shown_by(phone)}).location == "/sign-in"


class TestRecoveryCodes:
    def new_codes(self, me: PageClient) -> list[str]:
        page = Page(me.submit(CODES, {"password": PASSWORD}))
        return re.findall(r"\b(?:[0-9a-z]{4}-){3}[0-9a-z]{4}\b", page.text)

    def test_a_code_lets_in_once(self, app: Guerdon, me: PageClient, person: Person, phone: pyotp.TOTP) -> None:
        code = self.new_codes(me)[0]
        outside = app.test_client()
        outside.submit("/sign-in", person.sign_in)
        assert outside.submit(STEP, {"code": code.upper().replace("-", " ")}).location == "/"
        again = app.test_client()
        again.submit("/sign-in", person.sign_in)
        assert again.submit(STEP, {"code": code}).status_code == 422
        assert "Recovery codes left 9" in me.page(SECURITY).text
        assert "A recovery code was used" in subjects(person)

    def test_new_codes_void_the_old(self, app: Guerdon, me: PageClient, person: Person, phone: pyotp.TOTP) -> None:
        old = self.new_codes(me)
        new = self.new_codes(me)
        assert not set(old) & set(new)
        outside = app.test_client()
        outside.submit("/sign-in", person.sign_in)
        assert outside.submit(STEP, {"code": old[0]}).status_code == 422
        assert outside.submit(STEP, {"code": new[0]}).status_code == 303

    def test_they_take_the_password(self, me: PageClient, phone: pyotp.TOTP) -> None:
        assert me.submit(CODES, {"password": "not this one"}).status_code == 422

    def test_without_two_steps_there_are_none(self, me: PageClient) -> None:
        assert me.get(CODES).location == SECURITY
        assert me.submit(CODES, {"password": PASSWORD}).location == SECURITY

    def test_few_are_warned_of(self, me: PageClient, phone: pyotp.TOTP) -> None:
        assert "Few recovery codes are left" in me.page(SECURITY).text


class TestSwitchingOff:
    def test_it_takes_the_password(self, me: PageClient, person: Person, phone: pyotp.TOTP) -> None:
        assert me.submit(REMOVE, {"password": "not this one"}).status_code == 422
        assert me.submit(REMOVE, {"password": PASSWORD}).location == SECURITY
        assert subjects(person) == ["Two-step sign-in is off"]
        assert me.submit(REMOVE, {"password": PASSWORD}).location == SECURITY
        assert me.get(REMOVE).location == SECURITY

    def test_then_the_password_is_enough(self, app: Guerdon, me: PageClient, person: Person, phone: pyotp.TOTP) -> None:
        me.submit(REMOVE, {"password": PASSWORD})
        assert app.test_client().submit("/sign-in", person.sign_in).location == "/"
