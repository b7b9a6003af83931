"""The time of an answer does not tell whether an address has an account."""

import time
from statistics import median

import pytest

from app.accounts import even_time, throttle
from app.factory import Guerdon
from tests.factories.accounts import PASSWORD, a_person
from tests.support.pages import PageClient

pytestmark = pytest.mark.thorough

ROUNDS = 5


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here the wait is what is measured."""
    for rate in ("GUESSES", "GUESSES_FROM_ADDRESS", "LETTERS", "LETTERS_FROM_ADDRESS"):
        monkeypatch.setattr(throttle, rate, "1000/minute")


def seconds(client: PageClient, path: str, values: dict[str, str]) -> float:
    began = time.perf_counter()
    client.submit(path, values)
    return time.perf_counter() - began


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("/sign-in", {"password": "not this one"}),
        ("/sign-up", {"name": "Ines", "password": PASSWORD}),
        ("/password/forgotten", {}),
    ],
)
def test_known_and_unknown_take_equally_long(app: Guerdon, path: str, values: dict[str, str]) -> None:
    known = a_person().email
    client = app.test_client()
    client.get(path)
    pairs = [
        (
            seconds(client, path, {**values, "email": known}),
            seconds(client, path, {**values, "email": f"nobody.{number}@example.org"}),
        )
        for number in range(ROUNDS)
    ]
    one, other = (median(times) for times in zip(*pairs, strict=True))
    # What is left is the commit, and the noise of a busy machine.
    assert one > even_time.SECONDS
    assert other > even_time.SECONDS
    assert abs(one - other) < 0.03
