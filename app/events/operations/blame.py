"""What an error says about the event that was being worked off, in words without anything of the person."""

from pathlib import Path
from traceback import extract_tb

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from app.core.errors import DomainError

ROOT = Path(__file__).parents[3]
# Two transactions stood in each other's way, or one waited for too long: the same again may well succeed.
COLLISIONS = {"40001", "40P01", "55P03"}
# What befalls any transaction: no connection, nothing may be written, no room, shutting down, the disk. All else is
# taken for the event's fault, also what is rather not: better one event on the shelf than a queue that stands still.
WEATHER = ("08", "25006", "40", "53", "57P", "58")


def is_collision(error: BaseException) -> bool:
    return _state(error) in COLLISIONS


def is_weather(error: BaseException) -> bool:
    """Whether the error says nothing about the event."""
    if not isinstance(error, DBAPIError):
        return False
    state = _state(error)
    if state is None:
        # A connection that could not be made, or broke; what the driver itself refuses is of another class.
        return error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
    return error.connection_invalidated or state.startswith(WEATHER)


def words_about(error: BaseException) -> str:
    """What went wrong, and where: messages of errors quote what they choke on, so only our own are kept."""
    if isinstance(error, DomainError):
        return f"{error.message} ({error.code})"
    named = type(error).__name__
    if isinstance(error, DBAPIError):
        constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        named = f"{named}: {constraint or _state(error)}"
    frames = [frame for frame in extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(ROOT / "app")]
    if not frames:
        return named
    last = frames[-1]
    return f"{named} in {last.name} ({Path(last.filename).relative_to(ROOT)}:{last.lineno})"


def _state(error: BaseException) -> str | None:
    return getattr(getattr(error, "orig", None), "sqlstate", None)
