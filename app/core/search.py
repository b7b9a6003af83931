"""Search as far as an index can answer it: by what a text begins with."""

from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import InstrumentedAttribute

LAST_LETTER = "\U0010ffff"


def begins_with(column: ColumnElement[Any] | InstrumentedAttribute[Any], text: str) -> ColumnElement[bool]:
    """Compared byte by byte, whatever the database's collation, as indexes with text_pattern_ops are ordered."""
    return and_(column.bool_op("~>=~")(text), column.bool_op("~<=~")(text + LAST_LETTER))
