"""What intake keeps for a while: by what events are known again, and what could not be taken."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select

from app.core.clock import now
from app.core.db import session
from app.core.ids import first_id_at
from app.events.models import EventKey, EventRejection

KEYS_KEPT = timedelta(days=35)
REJECTIONS_KEPT = timedelta(days=30)


def workspaces_with_old_traces() -> Sequence[UUID]:
    """Where something is to be forgotten, asked as staff."""
    keys = select(EventKey.workspace_id).where(_key_is_old())
    return session.scalars(keys.union(select(EventRejection.workspace_id).where(_rejection_is_old()))).all()


def forget_old_traces() -> None:
    """Forget what is old in the current workspace."""
    session.execute(delete(EventKey).where(_key_is_old()))
    session.execute(delete(EventRejection).where(_rejection_is_old()))


def _key_is_old() -> ColumnElement[bool]:
    return EventKey.received_at < now() - KEYS_KEPT


def _rejection_is_old() -> ColumnElement[bool]:
    return EventRejection.id < first_id_at(now() - REJECTIONS_KEPT)
