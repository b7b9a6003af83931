"""Doing a thing that locks several owners until it got its turn."""

from collections.abc import Callable
from typing import TypeVar

from psycopg import errors
from sqlalchemy.exc import OperationalError

from app.core.db import session

T = TypeVar("T")

TURNS = 5
VICTIMS = (errors.DeadlockDetected, errors.SerializationFailure)


class Changed(Exception):
    """What was looked up before the lock is no longer so."""


def in_turn(attempt: Callable[[], T]) -> T:
    """Try again, from a savepoint, what another transaction got in the way of.

    Owners are locked in the order of their ids, so that nobody here waits in a circle. But who somebody is by now, and
    which books they have, is looked up before the lock: when that changed meanwhile, the locks are the wrong ones and
    are let go with the savepoint. And a caller who books for several owners in one transaction may hold a lock that
    another waits for; then the database chooses a victim, and where it is us, going back lets the other pass.
    """
    for _ in range(TURNS - 1):
        try:
            with session.begin_nested():
                return attempt()
        except Changed:
            continue
        except OperationalError as error:
            if not isinstance(error.orig, VICTIMS):
                raise
    with session.begin_nested():
        return attempt()
