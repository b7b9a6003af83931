"""Lists as people read them: page by page, sorted and filtered by the URL, and as CSV."""

import csv
import io
import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, request, stream_with_context
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from app.core.components import here
from app.core.db import session
from app.core.ids import parse_id

SIZE = 50
LAST_PAGE = 10_000
# What makes a spreadsheet read a cell as a formula, with the wide forms that some of them fold.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Query = Select[*tuple[Any, ...]]
Column = ColumnElement[Any] | InstrumentedAttribute[Any]


@dataclass(frozen=True)
class Page:
    """One page of a list and the ways on from it; `total` is None where counting would cost too much."""

    items: Sequence[Any]
    sort: str | None = None
    first: int | None = None
    last: int | None = None
    total: int | None = None
    previous_url: str | None = None
    next_url: str | None = None


def chosen(name: str, known: Collection[str]) -> str | None:
    """The value of a filter in the URL, if it is one that exists."""
    value = request.args.get(name)
    return value if value in known else None


def sought(name: str = "q", most: int = 100) -> str:
    """What was typed into the search box of a list."""
    return request.args.get(name, "").replace("\0", "").strip()[:most]


def numbered(query: Query, sorts: Mapping[str, Column], *, default: str, tie: Column, size: int = SIZE) -> Page:
    """Page `?page=` of a list that may be sorted by `?sort=name` or `?sort=-name`."""
    sort = chosen("sort", [*sorts, *(f"-{name}" for name in sorts)]) or default
    column = sorts[sort.removeprefix("-")]
    order = column.desc() if sort.startswith("-") else column.asc()
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    number = min(max(request.args.get("page", 1, type=int), 1), LAST_PAGE, max(1, -(-total // size)))
    start = (number - 1) * size
    items = _load(query.order_by(None).order_by(order.nulls_last(), tie).limit(size).offset(start))
    return Page(
        items,
        sort=sort,
        first=start + 1 if items else 0,
        last=start + len(items),
        total=total,
        previous_url=here(page=number - 1) if number > 1 else None,
        next_url=here(page=number + 1) if start + len(items) < total else None,
    )


def newest_first(query: Query, id_column: Column, *, size: int = SIZE) -> Page:
    """The page below `?before=` or above `?after=` an id; as quick on the last page as on the first."""
    before, after = parse_id(request.args.get("before", "")), parse_id(request.args.get("after", ""))
    if after and not before:
        found = _load(query.where(id_column > after).order_by(id_column.asc()).limit(size + 1))
        if len(found) > size:
            return _between(found[:size][::-1], newer=True, older=True)
    below = query.where(id_column < before) if before else query
    found = _load(below.order_by(id_column.desc()).limit(size + 1))
    return _between(found[:size], newer=before is not None, older=len(found) > size)


def _between(items: Sequence[Any], *, newer: bool, older: bool) -> Page:
    def id_of(item: Any) -> Any:
        return item.id if hasattr(item, "id") else item[0].id

    return Page(
        items,
        previous_url=here(after=id_of(items[0])) if newer and items else None,
        next_url=here(before=id_of(items[-1])) if older else None,
    )


def _load(query: Query) -> Sequence[Any]:
    """Whole rows, or the one thing that each row consists of."""
    found = session.execute(query)
    return found.scalars().all() if len(query.column_descriptions) == 1 else found.all()


def as_csv(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A list as a file, written while it is read; a spreadsheet takes no cell of it for a formula."""
    response = Response(stream_with_context(_lines(columns, rows)), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _lines(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    for row in itertools.chain([columns], rows):
        line = io.StringIO()
        csv.writer(line, quoting=csv.QUOTE_NONNUMERIC).writerow([cell(value) for value in row])
        yield line.getvalue()


def cell(value: object) -> object:
    """A value as it may stand in a CSV: numbers as they are, and text never the beginning of a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return value
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    text = str(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text
