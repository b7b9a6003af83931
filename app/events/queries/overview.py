"""What the overview shows: how many events there were, when, and of what."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, exists, literal, or_, select

from app.core.db import session
from app.core.tenancy import required_workspace
from app.events.models import EventKey
from app.metrics.models import Rollup
from app.metrics.queries import EVER, Point, Slice, breakdown, series, series_by, top, total
from app.metrics.spans import Span

NAMES = 20


@dataclass(frozen=True)
class Overview:
    """A span of events, and how many there were in the one before it."""

    points: list[Point]
    before: int
    names: list[Slice]
    trends: dict[str, list[Point]]
    apps: list[Slice]
    trusts: list[Slice]
    refused: int

    @property
    def n(self) -> int:
        return sum(point.n for point in self.points)


def overview_of(span: Span, app_id: UUID | None = None) -> Overview:
    """The events of a span, of all apps or of one."""
    where = {"app": str(app_id)} if app_id else {}
    names = top("events", span, "name", NAMES, where)
    both = series("events", span.with_before, where)
    return Overview(
        points=[point for point in both if point.bucket >= span.start],
        before=sum(point.n for point in both if point.bucket < span.start),
        names=names,
        trends=series_by("events", span, "name", [one.key for one in names if one.key is not None], where),
        apps=[] if app_id else breakdown("events", span, "app"),
        trusts=breakdown("events", span, "trust", where),
        refused=total("events_rejected", span, where).n,
    )


def names_of(span: Span, app_id: UUID | None = None) -> list[Slice]:
    """Every name of a span, the most frequent first."""
    return breakdown("events", span, "name", {"app": str(app_id)} if app_id else {})


def is_anything_counted() -> bool:
    """Whether an event was ever worked off here."""
    return total("events", EVER).n > 0


def is_counted(here: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Whether an event was ever worked off and folded."""
    return exists().where(Rollup.workspace_id == here, Rollup.metric == "events")


def is_stored(here: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Whether an event came lately: its message id is still known."""
    return exists().where(EventKey.workspace_id == here)


def has_come(here: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Whether an event ever came."""
    return or_(is_counted(here), is_stored(here))


def has_any_come() -> bool:
    """Whether an event ever came to the current workspace."""
    return bool(session.scalar(select(has_come(literal(required_workspace())))))
