"""Ids that sort by the time they were made."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

EPOCH = datetime.fromtimestamp(0, UTC)
MILLISECOND = timedelta(milliseconds=1)


def new_id() -> UUID:
    return uuid7()


def parse_id(text: str) -> UUID | None:
    """The id that a stranger wrote, or nothing."""
    try:
        return UUID(text)
    except ValueError:
        return None


def first_id_at(moment: datetime) -> UUID:
    """The smallest id that could have been made at this moment."""
    # In whole numbers: a float would now and then lose the millisecond that `made_at` returned.
    return UUID(int=max(0, (moment - EPOCH) // MILLISECOND) << 80)


def made_at(made: UUID) -> datetime:
    """The millisecond in which an id was made."""
    return EPOCH + (made.int >> 80) * MILLISECOND
