"""Folding on the worker: soon after something was counted, and by the minute where nobody rang."""

from uuid import UUID

from sqlalchemy import select

from app.core.db import session
from app.core.jobs import enqueue
from app.core.tenancy import unit_of_work
from app.metrics.models import Fact
from app.metrics.operations import FOLD, fold


def fold_facts(workspace_id: str) -> None:
    """Fold until nothing is left."""
    more = True
    while more:
        with unit_of_work(UUID(workspace_id)):
            more = fold() > 0


def sweep_facts() -> None:
    """Fold wherever something waits: what came after a fold, or while Redis was away."""
    with unit_of_work(role="staff"):
        for workspace_id in session.scalars(select(Fact.workspace_id).distinct()):
            enqueue(FOLD, str(workspace_id))
