"""What a password may be, and how it is kept."""

import argon2
import pytest

from app.accounts.passwords import hash_password, is_outdated, password_fits, refuse_weak
from app.core.errors import Invalid


def test_a_password_fits_its_hash_alone() -> None:
    kept = hash_password("tulip harbour cloud")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert password_fits("tulip harbour cloud", kept)
    assert not password_fits("tulip harbour cloud ", kept)
    assert not password_fits("", kept)


def test_letters_that_keyboards_write_differently_are_the_same() -> None:
    assert password_fits("blu\u0308hender Garten", hash_password("blühender Garten"))


def test_nothing_fits_where_there_is_no_hash() -> None:
    assert not password_fits("nobody's", None)
    assert not password_fits("anything", "not a hash")


def test_a_hash_of_other_parameters_is_outdated() -> None:
    assert not is_outdated(hash_password("tulip harbour cloud"))
    assert is_outdated(argon2.PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("tulip harbour cloud"))


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "123456789",
        "1234567890",
        "password12",
        "Password2026!",
        "P@ssw0rd1234",
        "qwertyuiop",
        "qwerty123456",
        "aaaaaaaaaaaa",
        "abcdefghijkl",
        "iloveyou1234",
        "letmein2026!!",
        "InesAlder2026",
        "ines.alder1234",
        "alderalderalder",
        "abcabcabcabc",
        "x" * 201,
    ],
)
def test_what_is_easy_to_guess_is_refused(password: str) -> None:
    with pytest.raises(Invalid) as refused:
        refuse_weak(password, name="Ines Alder", email="ines.alder@example.org")
    assert refused.value.field == "password"


@pytest.mark.parametrize(
    "password",
    ["tulip harbour cloud", "xk7Qv93mPz", "correct horse battery", "Zwölf kleine Otter", "密码是很长的一句话啊"],
)
def test_what_is_not_is_taken(password: str) -> None:
    refuse_weak(password, name="Ines Alder", email="ines.alder@example.org")
