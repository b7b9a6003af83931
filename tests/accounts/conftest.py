"""What tests of accounts start from."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest

from app.accounts import even_time
from app.core.clock import freeze, now
from app.factory import Guerdon
from tests.factories.accounts import Person, a_person

Later = Callable[..., AbstractContextManager[None]]


@pytest.fixture
def person(app: Guerdon) -> Person:
    return a_person()


@pytest.fixture
def later() -> Later:
    """`with later(hours=2):` what happens then."""
    return lambda **span: freeze(now() + timedelta(**span))


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the tests that measure it wait for answers to take equally long."""
    monkeypatch.setattr(even_time, "SECONDS", 0.0)
