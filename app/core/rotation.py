"""Seals anew what is sealed under older keys, so that those can be taken away."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Column, LargeBinary, Table, and_, bindparam, func, or_, select, tuple_, type_coerce, update

from app.core.crypto import Sealed, Unreadable, current_version, seal, unseal
from app.core.db import metadata, session
from app.core.tenancy import unit_of_work

BATCH = 500


@dataclass
class Outcome:
    """What became of one table."""

    table: str
    sealed_anew: int = 0
    unreadable: int = 0
    versions: Counter[int] = field(default_factory=Counter)


def rotate() -> Iterator[Outcome]:
    """Go through every table with sealed columns; whatever was interrupted goes on where it was."""
    for table in metadata.sorted_tables:
        columns = [column for column in table.columns if isinstance(column.type, Sealed)]
        if not columns:
            continue
        outcome = Outcome(table.name)
        for workspace_id in _workspaces(table):
            _rotate_rows(table, columns, workspace_id, outcome)
        outcome.versions = _versions(table, columns)
        yield outcome


def _workspaces(table: Table) -> list[UUID | None]:
    if "workspace_id" not in table.primary_key.columns:
        return [None]
    with unit_of_work(role="staff"):
        return list(session.scalars(select(table.c.workspace_id).distinct()))


def _rotate_rows(table: Table, columns: list[Column[Any]], workspace_id: UUID | None, outcome: Outcome) -> None:
    last: tuple[Any, ...] | None = None
    while True:
        # A transaction a batch: rows are locked for a moment only, and what is done stays done.
        with unit_of_work(workspace_id, role="staff"):
            rows = session.execute(_batch(table, columns, workspace_id, last)).all()
            if not rows:
                return
            anew = [values for row in rows if (values := _sealed_anew(table, columns, row, outcome))]
            if anew:
                session.connection().execute(_writing(table, columns), anew)
                outcome.sealed_anew += len(anew)
            last = tuple(getattr(rows[-1], column.name) for column in table.primary_key)


def _batch(table: Table, columns: list[Column[Any]], workspace_id: UUID | None, last: tuple[Any, ...] | None) -> Any:
    key = list(table.primary_key)
    query = select(*key, *(type_coerce(column, LargeBinary).label(column.name) for column in columns))
    query = query.where(or_(*(_is_old(column) for column in columns)))
    if workspace_id is not None:
        query = query.where(table.c.workspace_id == workspace_id)
    if last is not None:
        # Past the rows that could not be read, which would otherwise come back for ever.
        query = query.where(tuple_(*key) > last)
    # The lock ends the race with a request that writes the row: one of the two waits and sees the other's work.
    return query.order_by(*key).limit(BATCH).with_for_update()


def _is_old(column: Column[Any]) -> Any:
    return and_(column.isnot(None), func.get_byte(type_coerce(column, LargeBinary), 0) != current_version())


def _sealed_anew(table: Table, columns: list[Column[Any]], row: Any, outcome: Outcome) -> dict[str, Any] | None:
    values: dict[str, Any] = {f"key_{column.name}": getattr(row, column.name) for column in table.primary_key}
    for column in columns:
        blob = getattr(row, column.name)
        try:
            values[f"new_{column.name}"] = None if blob is None else _moved(column, bytes(blob))
        except Unreadable:
            outcome.unreadable += 1
            return None
    return values


def _moved(column: Column[Any], blob: bytes) -> bytes:
    purpose = cast(Sealed, column.type).purpose
    return seal(unseal(blob, purpose), purpose)


def _writing(table: Table, columns: list[Column[Any]]) -> Any:
    row = and_(*(column == bindparam(f"key_{column.name}") for column in table.primary_key))
    return (
        update(table)
        .where(row)
        .values({column.name: bindparam(f"new_{column.name}", type_=LargeBinary) for column in columns})
    )


def _versions(table: Table, columns: list[Column[Any]]) -> Counter[int]:
    """How many values lie under each key now."""
    found: Counter[int] = Counter()
    with unit_of_work(role="staff"):
        for column in columns:
            version = func.get_byte(type_coerce(column, LargeBinary), 0)
            counted = select(version, func.count()).where(column.isnot(None)).group_by(version)
            for number, count in session.execute(counted):
                found[number] += count
    return found
