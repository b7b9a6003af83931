"""When what is done by the clock was last asked for."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from app.core.clock import now
from app.core.db import session
from app.core.schedule import LINES, Line, last_due
from app.core.tables import ScheduledRun

# The shortest line is due every minute; longer than this without one means that nobody looks at the clock.
PATIENCE = timedelta(minutes=5)


@dataclass(frozen=True)
class Run:
    """A line of the schedule, when it was asked for last, and whether that is overdue."""

    line: Line
    last: datetime | None
    is_late: bool


def runs() -> list[Run]:
    query = select(ScheduledRun.job, func.max(ScheduledRun.due_at)).group_by(ScheduledRun.job)
    asked = {job: at for job, at in session.execute(query)}  # noqa: C416 (a dict() of rows has no types)
    return [Run(line, asked.get(line.name), _is_late(line, asked.get(line.name))) for line in LINES]


def stands_still() -> bool:
    """Whether nothing was asked for lately; an installation that was just made has not begun."""
    last = session.scalar(select(func.max(ScheduledRun.due_at)))
    return last is None or last < now() - PATIENCE


def _is_late(line: Line, last: datetime | None) -> bool:
    due_at = last_due(line)
    return due_at < now() - PATIENCE and (last is None or last < due_at)
