"""What becomes due in the books by itself."""

import time
from uuid import UUID

import structlog

from app.core.jobs import enqueue
from app.core.tenancy import unit_of_work
from app.ledger import signals
from app.ledger.operations import expire_due, verify
from app.ledger.queries.due import workspaces_with_books, workspaces_with_due

log = structlog.get_logger()

NAMED_IN_LOG = 20
TURN_SECONDS = 60.0


def expire_points() -> None:
    """Ask for every workspace in which points are due to expire."""
    with unit_of_work(role="staff"):
        for workspace_id in workspaces_with_due():
            enqueue("app.ledger.jobs.expire_in", str(workspace_id))


def expire_in(workspace_id: str) -> None:
    """Book out what is due, some owners a transaction: interrupted, the next run goes on where this one was."""
    ends = time.monotonic() + TURN_SECONDS
    expired = 1
    while expired and time.monotonic() < ends:
        with unit_of_work(UUID(workspace_id)):
            expired = expire_due()


def verify_books() -> None:
    """Ask for every workspace that has books, each in a job of its own."""
    with unit_of_work(role="staff"):
        for workspace_id in workspaces_with_books():
            enqueue("app.ledger.jobs.verify_in", str(workspace_id))


def verify_in(workspace_id: str) -> None:
    """Recompute the books of a workspace; what differs is logged, and told to the team."""
    with unit_of_work(UUID(workspace_id)):
        differences = verify()
        for difference in differences[:NAMED_IN_LOG]:
            log.error("books_differ", workspace=workspace_id, rule=difference.rule, words=difference.words)
        if differences:
            log.error("books_differ", workspace=workspace_id, differences=len(differences))
            signals.books_differ.send(None, differences=differences)
