"""Lists as programs read them: from an id on, newest first, a bounded number at a time."""

from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from msgspec import Meta, Struct
from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute

from app.core.db import session
from app.core.errors import Invalid

T = TypeVar("T")

MOST = 100
USUAL = 20


class Cursor(Struct, kw_only=True, forbid_unknown_fields=True):
    """Which part of a list is wanted."""

    limit: Annotated[int, Meta(ge=1, le=MOST, description="How many to return.")] = USUAL
    starting_after: Annotated[
        UUID | None, Meta(description="The last id of the page you have: returns what follows it.")
    ] = None
    ending_before: Annotated[
        UUID | None, Meta(description="The first id of the page you have: returns what comes before it.")
    ] = None


class Listing(Struct, Generic[T], kw_only=True):
    """A part of a list, newest first."""

    data: Annotated[list[T], Meta(description="What was found.")]
    has_more: Annotated[
        bool, Meta(description="Whether there is more in the direction you are going.", examples=[False])
    ]


def listed(
    query: Select[Any], id_column: InstrumentedAttribute[UUID], cursor: Cursor, shown: Callable[[Any], T]
) -> Listing[T]:
    """The part of a query that the cursor points at."""
    if cursor.starting_after and cursor.ending_before:
        words = "Send starting_after or ending_before, not both."
        raise Invalid("not_valid", words, field="ending_before")
    query = query.order_by(None)
    if cursor.ending_before:
        query = query.where(id_column > cursor.ending_before).order_by(id_column.asc())
    else:
        query = query.order_by(id_column.desc())
    if cursor.starting_after:
        query = query.where(id_column < cursor.starting_after)
    # One more than is shown says whether there is more.
    found = session.scalars(query.limit(cursor.limit + 1)).all()
    has_more, found = len(found) > cursor.limit, found[: cursor.limit]
    if cursor.ending_before:
        found = found[::-1]
    return Listing(data=[shown(row) for row in found], has_more=has_more)
