"""One page of a long list by its ids, from runs that an index keeps in order, and never further than is said."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, union_all

from app.core.db import session
from app.core.tenancy import required_workspace

# How many rows of a run are looked through for those that also meet a condition no index knows.
LOOKED_THROUGH = 5_000

Conditions = Sequence[ColumnElement[bool]]


@dataclass(frozen=True)
class Window:
    """Which part of a list: the newest, or what lies below or above an id."""

    size: int
    below: UUID | None = None
    above: UUID | None = None

    @property
    def is_upward(self) -> bool:
        return self.above is not None and self.below is None

    def run(self, column: Any, *conditions: ColumnElement[bool]) -> Select[Any]:
        """The ids of this part that meet conditions which an index knows."""
        part = [column > self.above] if self.is_upward else [column < self.below] if self.below else []
        return select(column.label("id")).where(*conditions, *part).order_by(self.order(column))

    def order(self, column: Any) -> ColumnElement[Any]:
        ordered: ColumnElement[Any] = column.asc() if self.is_upward else column.desc()
        return ordered


@dataclass(frozen=True)
class Found:
    """Ids newest first; where looking ended before the page was full, `looked_to` is the last id looked at."""

    ids: Sequence[UUID]
    has_more: bool = False
    looked_to: UUID | None = None


@dataclass(frozen=True)
class Runs:
    """Runs of ids, and what else the rows of the table behind them must meet."""

    runs: Sequence[Select[Any]]
    table: Any
    others: Conditions = field(default_factory=list)

    def look(self, window: Window) -> Found:
        """The ids of one page."""
        if not self.runs:
            return Found([])
        limited = [select(run.limit(self._reach(window)).subquery()) for run in self.runs]
        ids = union_all(*limited).subquery() if len(limited) > 1 else limited[0].subquery()
        query = select(ids.c.id).distinct()
        if self.others:
            here = self.table.workspace_id == required_workspace()
            query = query.join(self.table, here & (self.table.id == ids.c.id)).where(*self.others)
        found = session.scalars(query.order_by(window.order(ids.c.id)).limit(window.size + 1)).all()
        has_more, found = len(found) > window.size, found[: window.size]
        looked_to = self._end(window) if self.others and not has_more else None
        if looked_to:
            # Beyond where one run ended, the others may not go on alone.
            found = [one for one in found if (one <= looked_to if window.is_upward else one >= looked_to)]
        return Found(found[::-1] if window.is_upward else found, has_more, looked_to)

    def _reach(self, window: Window) -> int:
        """How far each run is followed; together they are not followed further than is said."""
        return max(window.size + 1, LOOKED_THROUGH // len(self.runs)) if self.others else window.size + 1

    def _end(self, window: Window) -> UUID | None:
        """Where the shortest look ended, if any run was longer than the look."""
        ends = [select(run.offset(self._reach(window) - 1).limit(1).subquery()) for run in self.runs]
        reached = session.scalars(union_all(*ends) if len(ends) > 1 else ends[0]).all()
        return (min if window.is_upward else max)(reached, default=None)
