"""What was sent as events and could not be taken, newest first."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, select

from app.core.db import session
from app.core.tenancy import required_workspace
from app.events.models import EventRejection
from app.events.queries.looking import Found, Runs, Window


def find_refusals(window: Window, *, app_id: UUID | None = None, code: str | None = None) -> Found:
    """The ids of one page: of an app, for a reason, or both."""
    conditions = [EventRejection.workspace_id == required_workspace()]
    others: list[ColumnElement[bool]] = []
    if app_id:
        conditions.append(EventRejection.app_id == app_id)
    if code:
        (others if app_id else conditions).append(EventRejection.code == code)
    return Runs([window.run(EventRejection.id, *conditions)], EventRejection, others).look(window)


def refusals_by_id(ids: Sequence[UUID]) -> list[EventRejection]:
    """These refusals, in the order of their ids."""
    here = (EventRejection.workspace_id == required_workspace(), EventRejection.id.in_(ids))
    found = {one.id: one for one in session.scalars(select(EventRejection).where(*here))} if ids else {}
    return [found[one] for one in ids if one in found]
