"""Ids that sort by the time they were made."""

from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7


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
    return UUID(int=max(0, int(moment.timestamp() * 1000)) << 80)
