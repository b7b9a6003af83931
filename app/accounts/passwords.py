"""Passwords: how they are kept, and which are too easy to guess."""

import re
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.core.errors import Invalid

SHORTEST = 10
LONGEST = 200
FEWEST_PARTS = 5

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

# What people choose again and again, found also with digits and signs in the letters' places.
COMMON_WORDS = """
    pass password passwort secret login welcome letmein hello access admin administrator root user guest test testing
    temp default change changeme master super superman batman spiderman starwars pokemon matrix ninja killer hunter
    dragon monkey tiger lion eagle panther falcon phoenix buster bailey pepper ginger cookie banana orange cheese
    chocolate coffee flower rainbow butterfly sunshine summer winter spring autumn january february march april june
    july august september october november december monday friday sunday
    football baseball basketball soccer hockey liverpool arsenal chelsea yankees cowboys steelers lakers barcelona
    love loveme iloveyou lovely baby angel princess prince queen king heaven jesus christ blessed family mother
    freedom forever whatever nothing trustno computer internet samsung google facebook apple windows linux android
    michael jordan jennifer jessica ashley daniel charlie thomas robert andrew matthew joshua anthony george william
    james john david maria anna nicole amanda michelle
    london paris berlin america canada mexico england germany company office work guerdon
    qazwsx asdf zxcv qwer qwert qwerty azerty qwertz
"""
ROWS = ("abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "01234567890")
LOOKALIKES = str.maketrans("013456789@$!+", "oieasgtbgasit")


def hash_password(password: str) -> str:
    return _hasher.hash(_bytes(password))


def password_fits(password: str, password_hash: str | None) -> bool:
    """Whether this is the password; takes the same time where there is none to compare with."""
    try:
        matches = _hasher.verify(password_hash or _nobodys_hash(), _bytes(password))
    except (VerificationError, InvalidHashError):
        return False
    return matches and password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Whether it was hashed with other parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def refuse_weak(password: str, *, name: str, email: str, field: str = "password") -> None:
    """Raise when it is too short, or made of what an attacker tries first."""
    if len(password) < SHORTEST:
        raise Invalid("password_short", f"Use at least {SHORTEST} characters. A few words do well.", field=field)
    if len(password) > LONGEST:
        raise Invalid("password_long", f"Use at most {LONGEST} characters.", field=field)
    own = [word for word in re.split(r"[\W_]+", f"{name} {email}".casefold()) if len(word) > 2]
    if len(set(_parts(password.casefold(), own))) < FEWEST_PARTS:
        message = "This is easy to guess: common words, your name, or runs of keys. Use a few other words."
        raise Invalid("password_common", message, field=field)


def _parts(text: str, own_words: list[str]) -> list[str]:
    """Cut into pieces that cost a guesser one guess each: a common word, a run, a number, or a single letter."""
    plain, parts, place = text.translate(LOOKALIKES), [], 0
    words = sorted({*COMMON_WORDS.split(), *own_words}, key=len, reverse=True)
    while place < len(text):
        word = next((word for word in words if text.startswith(word, place) or plain.startswith(word, place)), "")
        number = re.match(r"\d*", text[place:])
        piece = max(word, _run(text[place:]), number[0] if number else "", text[place], key=len)
        # Any number is one guess, and so is any run of one and the same letter.
        parts.append("0" if piece.isdecimal() else piece if len(set(piece)) > 1 else piece[0])
        place += len(piece)
    return parts


def _run(text: str) -> str:
    """The neighbours on the keyboard or in the alphabet, or the repeated letter, that the text begins with."""
    best = re.match(r"(.)\1*", text, re.DOTALL)
    run = best[0] if best else ""
    for row in (*ROWS, *(row[::-1] for row in ROWS)):
        start, length = row.find(text[0]), 1
        while start >= 0 and start + length < len(row) and text[: length + 1] == row[start : start + length + 1]:
            length += 1
        if length >= 3:
            run = max(run, text[:length], key=len)
    return run


def _bytes(password: str) -> bytes:
    # Keyboards write the same letter in different ways.
    return unicodedata.normalize("NFKC", password).encode()


@cache
def _nobodys_hash() -> str:
    return hash_password("nobody's")
