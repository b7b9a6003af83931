"""The one list of what is done by the clock, and the loop that asks for it."""

import signal
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from croniter import croniter
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from app.core.clock import now
from app.core.db import session
from app.core.jobs import push
from app.core.redis import Away
from app.core.tables import ScheduledRun
from app.core.tenancy import unit_of_work

log = structlog.get_logger()

TICK_SECONDS = 1.0
PATIENCE_SECONDS = 5.0


@dataclass(frozen=True)
class Line:
    """A job without arguments, and when it is due (UTC)."""

    name: str
    when: str
    path: str
    queue: str = "default"


LINES = (
    Line("sweep-outbox", "* * * * * */5", "app.core.chores.sweep_outbox"),
    Line("sweep-events", "* * * * * */15", "app.events.jobs.sweep"),
    Line("sweep-facts", "* * * * *", "app.metrics.jobs.sweep_facts"),
    Line("purge-replies", "10 * * * *", "app.core.chores.purge_replies"),
    Line("purge-rate-counts", "20 * * * *", "app.core.chores.purge_rate_counts"),
    Line("purge-messages", "30 2 * * *", "app.core.chores.purge_messages"),
    Line("purge-scheduled-runs", "40 2 * * *", "app.core.chores.purge_scheduled_runs"),
    Line("purge-accounts", "15 3 * * *", "app.accounts.jobs.purge_expired"),
    Line("end-visits", "*/5 * * * *", "app.workspaces.jobs.end_overdue_visits"),
    Line("erase-workspaces", "25 3 * * *", "app.workspaces.jobs.erase_due_workspaces"),
    Line("purge-invites", "35 3 * * *", "app.workspaces.jobs.forget_old_invites"),
    Line("purge-notifications", "45 3 * * *", "app.notifications.jobs.forget_old_notifications"),
    Line("purge-attempts", "55 3 * * *", "app.webhooks.jobs.forget_old_attempts"),
    Line("forget-events-traces", "5 * * * *", "app.events.jobs.forget_old_traces"),
    Line("expire-points", "*/5 * * * *", "app.ledger.jobs.expire_points"),
    Line("verify-books", "10 4 * * *", "app.ledger.jobs.verify_books"),
    Line("month-partitions", "50 2 * * *", "app.core.chores.make_month_partitions"),
)


def run(lines: Iterable[Line] = LINES) -> None:
    """Ask for each job when it is due, until SIGTERM or SIGINT; several such loops ask once."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    asked: dict[str, datetime] = {}
    pause = 0.0
    while not stopping.wait(pause):
        pause = TICK_SECONDS if tick(lines, asked) else PATIENCE_SECONDS


def tick(lines: Iterable[Line], asked: dict[str, datetime]) -> bool:
    """Ask for what is due and not in `asked`; False where the database or Redis is away and the rest must wait."""
    for line in lines:
        due_at = last_due(line)
        if asked.get(line.name) == due_at:
            continue
        try:
            claim(line, due_at)
        except (Away, SQLAlchemyError) as error:
            log.warning("schedule_waits", job=line.name, error=type(error).__name__)
            return False
        asked[line.name] = due_at
    return True


def last_due(line: Line) -> datetime:
    """When the job was due last: after a stop it is made up for once, however often it was missed."""
    due_at: datetime = croniter(line.when, now()).get_prev(datetime)
    return due_at.astimezone(UTC)


def claim(line: Line, due_at: datetime) -> bool:
    """Ask for one run, unless somebody has; True when it was us."""
    with unit_of_work():
        # Another loop may be here too: its row makes ours wait for its commit, and then there is nothing to insert.
        ours = session.scalar(
            insert(ScheduledRun)
            .values(job=line.name, due_at=due_at)
            .on_conflict_do_nothing()
            .returning(ScheduledRun.job)
        )
        if ours is None:
            return False
        # Before the commit, unlike all other jobs: should Redis be away, the row is taken back and the run not lost.
        # Should the commit fail instead, the job is asked for twice, which does no harm.
        push(line.path, queue=line.queue, job_id=f"{line.name}-{due_at:%Y%m%dT%H%M%S}")
    log.debug("scheduled", job=line.name, due_at=due_at.isoformat())
    return True
