"""Where the books have work due; asked as staff, across workspaces."""

from uuid import UUID

from sqlalchemy import select

from app.core.clock import now
from app.core.db import session
from app.ledger.models import Holding, PointLot


def workspaces_with_due() -> list[UUID]:
    """Where points are due to expire."""
    query = select(PointLot.workspace_id).where(PointLot.remaining > 0, PointLot.expires_at <= now()).distinct()
    return list(session.scalars(query))


def workspaces_with_books() -> list[UUID]:
    return list(session.scalars(select(Holding.workspace_id).distinct()))
