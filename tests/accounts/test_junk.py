"""What is sent where a form or a code is expected, and is neither."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories.accounts import Person, with_second_factor
from tests.support.pages import PageClient

junk = st.one_of(st.text(st.characters(codec="utf-8"), max_size=100), st.sampled_from(["", "\0", "-1", "１２３４５６"]))


@pytest.fixture
def someone_between_steps(client: PageClient, person: Person) -> Person:
    with_second_factor(person)
    client.submit("/sign-in", person.sign_in)
    return person


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=junk)
def test_codes(client: PageClient, someone_between_steps: Person, value: str) -> None:
    assert client.submit("/sign-in/second-step", {"code": value}).status_code in {422, 429}


@pytest.mark.parametrize("body", ["[1]", "{", "null", '"text"', '{"email": ["a"]}', ""])
def test_json_is_no_form(client: PageClient, body: str) -> None:
    headers = {"X-CSRFToken": client.csrf_token(), "Content-Type": "application/json"}
    assert client.post("/sign-in", data=body, headers=headers).status_code in {200, 422}
