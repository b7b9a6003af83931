"""The jobs that keep the house in order; each may be run again at any moment."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

from flask import Flask, current_app
from sqlalchemy import and_, delete, exists, select, text
from sqlalchemy.orm import aliased

from app.core.clock import now
from app.core.db import session
from app.core.delivery import deliver_next
from app.core.outbox import ring, silence
from app.core.outbox_queries import count_due, where_something_is_due
from app.core.tables import IdempotencyKey, OutboxMessage, RateCount, ScheduledRun
from app.core.tenancy import unit_of_work

MONTHS_AHEAD = 3
TURN_SECONDS = 60.0
# How many messages of one workspace are under way at once.
LANES = {"email": 1, "webhook": 8}
REPLIES_KEPT = timedelta(hours=24)
MESSAGES_KEPT = timedelta(days=30)
RUNS_KEPT = timedelta(days=7)
PARTITIONED = ("audit_entry", "event", "event_effect")


def deliver_outbox(workspace_id: str, channel: str) -> None:
    """Deliver what is due in a workspace; after its turn it queues up again behind the others."""
    here, ends = UUID(workspace_id), time.monotonic() + TURN_SECONDS
    silence(here, channel)
    with unit_of_work(here):
        lanes = max(1, count_due(channel, now(), most=LANES[channel]))
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    # Strangers' servers are waited for side by side; this thread is one of those that wait.
    with ThreadPoolExecutor(lanes) as pool:
        others = [pool.submit(_deliver_in, app, here, channel, ends) for _ in range(lanes - 1)]
        is_over = _deliver_until(ends, here, channel)
    if is_over or any(other.result() for other in others):
        with unit_of_work():
            ring(here, channel)


def _deliver_in(app: Flask, workspace_id: UUID, channel: str, ends: float) -> bool:
    with app.app_context():
        return _deliver_until(ends, workspace_id, channel)


def _deliver_until(ends: float, workspace_id: UUID, channel: str) -> bool:
    """One message after the other; True when the turn was over before the messages were."""
    while deliver_next(workspace_id, channel):
        if time.monotonic() > ends:
            return True
    return False


def sweep_outbox() -> None:
    """Ring wherever something is due: retries, and messages whose own ring was lost."""
    with unit_of_work(role="staff"):
        for workspace_id, channel in where_something_is_due(now()):
            ring(workspace_id, channel)


def make_month_partitions() -> None:
    """Make the partitions of the coming months."""
    with unit_of_work():
        for table in PARTITIONED:
            session.execute(
                text("SELECT ensure_month_partitions(:parent, months_ahead => :ahead)"),
                {"parent": table, "ahead": MONTHS_AHEAD},
            )


def purge_replies() -> None:
    """Forget stored replies a day after they were given."""
    stale = IdempotencyKey.finished_at < now() - REPLIES_KEPT
    with unit_of_work(role="staff"):
        workspaces = list(session.scalars(select(IdempotencyKey.workspace_id).where(stale).distinct()))
    for workspace_id in workspaces:
        with unit_of_work(workspace_id):
            session.execute(delete(IdempotencyKey).where(stale))


def purge_messages() -> None:
    """Forget messages a month after they were sent or given up: they hold addresses and names."""
    settled = and_(OutboxMessage.status != "waiting", OutboxMessage.updated_at < now() - MESSAGES_KEPT)
    with unit_of_work(role="staff"):
        workspaces = list(session.scalars(select(OutboxMessage.workspace_id).where(settled).distinct()))
    for workspace_id in workspaces:
        with unit_of_work(workspace_id):
            session.execute(delete(OutboxMessage).where(settled))


def purge_rate_counts() -> None:
    """Forget counts whose window is over."""
    with unit_of_work():
        session.execute(delete(RateCount).where(RateCount.window_ends_at < now()))


def purge_scheduled_runs() -> None:
    """Forget old runs, but never a job's latest: it is how the loop knows that it ran."""
    later = aliased(ScheduledRun)
    superseded = exists().where(later.job == ScheduledRun.job, later.due_at > ScheduledRun.due_at)
    with unit_of_work():
        session.execute(delete(ScheduledRun).where(ScheduledRun.due_at < now() - RUNS_KEPT, superseded))
