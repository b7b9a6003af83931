"""Whatever is sent to a form, it answers with words and never breaks."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories.accounts import Person, with_second_factor
from tests.support.pages import PageClient

FIELDS = [
    "name", "email", "password", "setup_token", "remember", "code", "old_password", "new_password",
    "locale", "timezone", "theme", "next",
]  # fmt: skip
DOORS = ["/sign-up", "/sign-in", "/sign-in/second-step", "/password/forgotten", "/password/reset/junk", "/verify/junk"]
ROOMS = [
    "/account",
    "/account/email",
    "/account/email/junk",
    "/account/password",
    "/account/second-factor",
    "/account/second-factor/confirmations",
    "/account/second-factor/removal",
    "/account/recovery-codes",
    "/account/deletion",
]

junk = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=300),
    st.sampled_from(["", "\0", "a@b", "a@example.org", "“@”.example", "'; --", "{{7*7}}", "%s%n", "1e999", "-1", "x" * 999]),
)
bodies = st.dictionaries(st.sampled_from(FIELDS), junk)
careful = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("path", DOORS)
@careful
@given(values=bodies)
def test_doors(client: PageClient, path: str, values: dict[str, str]) -> None:
    assert client.submit(path, values).status_code in {200, 303, 410, 422, 429}


@pytest.mark.parametrize("path", ROOMS)
@careful
@given(values=bodies)
def test_rooms(client: PageClient, person: Person, path: str, values: dict[str, str]) -> None:
    client.sign_in(person.id)
    assert client.submit(path, values).status_code in {200, 303, 410, 422, 429}


@careful
@given(value=junk)
def test_codes(client: PageClient, someone_between_steps: Person, value: str) -> None:
    assert client.submit("/sign-in/second-step", {"code": value}).status_code in {422, 429}


@pytest.mark.parametrize("body", ["[1]", "{", "null", '"text"', '{"email": ["a"]}', ""])
def test_json_is_no_form(client: PageClient, body: str) -> None:
    headers = {"X-CSRFToken": client.csrf_token(), "Content-Type": "application/json"}
    assert client.post("/sign-in", data=body, headers=headers).status_code in {200, 422}


@pytest.fixture
def someone_between_steps(client: PageClient, person: Person) -> Person:
    with_second_factor(person)
    client.submit("/sign-in", person.sign_in)
    return person
