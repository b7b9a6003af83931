"""Guessing ends also while Redis is away."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.core.clock import freeze
from app.factory import Guerdon, create_app
from tests.conftest import dispose
from tests.factories.accounts import Person, a_person, with_second_factor
from tests.support.pages import PageClient
from tests.support.servers import TestServers

pytestmark = pytest.mark.thorough


@pytest.fixture
def app(servers: TestServers) -> Iterator[Guerdon]:
    with servers.database() as name:
        app = create_app(replace(servers.settings(name), redis_url="unix:///nowhere/redis.sock"))
        app.test_client_class = PageClient
        # In the middle of a window, so that the test does not run into the next.
        with app.app_context(), freeze(datetime(2026, 11, 20, 10, 7, tzinfo=UTC)):
            yield app
        app.extensions["guerdon_counting_engine"].dispose()
        dispose(app)


def test_passwords_can_be_guessed_ten_times(client: PageClient, person: Person) -> None:
    wrong = {"email": person.email, "password": "not this one"}
    assert [client.submit("/sign-in", wrong).status_code for _ in range(11)] == [422] * 10 + [429]
    assert client.submit("/sign-in", person.sign_in).status_code == 429
    assert client.submit("/sign-in", a_person().sign_in).status_code == 303


def test_codes_can_be_guessed_ten_times(client: PageClient, person: Person) -> None:
    with_second_factor(person)
    client.submit("/sign-in", person.sign_in)
    guesses = [client.submit("/sign-in/second-step", {"code": "000000"}).status_code for _ in range(11)]
    assert guesses == [422] * 10 + [429]


def test_letters_are_sent_five_times(client: PageClient, person: Person) -> None:
    answers = [client.submit("/password/forgotten", {"email": person.email}).status_code for _ in range(6)]
    assert answers == [200] * 5 + [429]
