"""The shelf of events that could not be worked off: what stands there, and what became of what was put back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.core.db import session
from app.core.tenancy import required_workspace
from app.events.models import EventFailure
from app.events.queries.lists import events_by_id
from app.events.queries.looking import LOOKED_THROUGH, Found, Runs, Window
from app.events.queries.rows import COLUMNS
from app.events.queries.standing import open_failures, status_of
from app.events.queries.whose import people_behind
from app.people.models import Person

MOST_KINDS = 20


@dataclass(frozen=True)
class KindOfFailure:
    """Failures of one subscriber with the same error."""

    subscriber: str
    error: str
    n: int


@dataclass(frozen=True)
class Shelved:
    """A failure, its event, and how far the event has come since."""

    failure: EventFailure
    event: Any
    person: Person | None
    status: str


def kinds_of_failure() -> list[KindOfFailure]:
    """What stands on the shelf by subscriber and error, of the newest few thousand."""
    newest = (
        open_failures(EventFailure.subscriber, func.split_part(EventFailure.error, "\n", 1).label("error"))
        .order_by(EventFailure.event_id.desc())
        .limit(LOOKED_THROUGH)
        .subquery()
    )
    count = func.count()
    query = select(newest.c.subscriber, newest.c.error, count).group_by(newest.c.subscriber, newest.c.error)
    rows = session.execute(query.order_by(count.desc(), newest.c.subscriber, newest.c.error).limit(MOST_KINDS))
    return [KindOfFailure(*row) for row in rows]


def find_failures(window: Window, *, subscriber: str | None = None, are_settled: bool = False) -> Found:
    """The ids of one page of failures: those that stand on the shelf, or those that were worked off later."""
    here = EventFailure.workspace_id == required_workspace()
    settled = EventFailure.settled_at.is_not(None) if are_settled else EventFailure.settled_at.is_(None)
    others = [settled, *([EventFailure.subscriber == subscriber] if subscriber else [])]
    return Runs([window.run(EventFailure.id, here)], EventFailure, others).look(window)


def shelved(ids: Sequence[UUID]) -> list[Shelved]:
    """These failures as the list shows them, in the order of their ids."""
    here = (EventFailure.workspace_id == required_workspace(), EventFailure.id.in_(ids))
    failures = {one.id: one for one in session.scalars(select(EventFailure).where(*here))} if ids else {}
    event_ids = [failure.event_id for failure in failures.values()]
    events = {event.id: event for event in events_by_id(event_ids, *COLUMNS)}
    people, status = people_behind(events.values()), status_of(event_ids)
    return [
        Shelved(failure, events.get(failure.event_id), people.get(failure.event_id), status[failure.event_id])
        for one in ids
        if (failure := failures.get(one))
    ]
