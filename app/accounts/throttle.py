"""How often somebody may try, and the sentence for who tried too often."""

from math import ceil

from app.core.errors import TooMany
from app.core.limits import hit

# Guesses at one account; those at one network address may come from a whole office.
GUESSES = "10/15minutes"
GUESSES_FROM_ADDRESS = "60/15minutes"
LETTERS = "5/hour"
LETTERS_FROM_ADDRESS = "20/hour"


def count_guess(what: str, who: str, *, address: str) -> None:
    """Count one guess at a secret of somebody, or say how long to wait."""
    _refuse(hit(f"{what} guess", who, GUESSES), hit(f"{what} guess from", address, GUESSES_FROM_ADDRESS))


def count_letter(who: str, *, address: str) -> None:
    """Count one mail that a stranger causes, or say how long to wait."""
    _refuse(hit("letter", who, LETTERS), hit("letter from", address, LETTERS_FROM_ADDRESS))


def _refuse(*waits: int | None) -> None:
    wait = max((wait for wait in waits if wait is not None), default=None)
    if wait is None:
        return
    minutes = ceil(wait / 60)
    span = "a minute" if minutes == 1 else f"{minutes} minutes"
    raise TooMany(f"There were too many attempts. Try again in {span}.", retry_after=wait)
