"""What was counted, read inside the scope of a workspace."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from app.core.clock import now
from app.core.db import session
from app.core.tenancy import required_workspace
from app.metrics import spans
from app.metrics.models import shape_of
from app.metrics.spans import Span
from app.metrics.statements import SERIES, SERIES_BY, SLICES, TIMEZONE

Where = Mapping[str, str]
EVERYTHING: Where = {}
EVER = spans.EVER


@dataclass(frozen=True)
class Sum:
    """How often, and how much."""

    n: int
    value: int


@dataclass(frozen=True)
class Point:
    """The sum of one hour or day of the workspace's clock."""

    bucket: datetime
    n: int
    value: int


@dataclass(frozen=True)
class Slice:
    """The sum of one value of a dimension, and the last bucket in which it came; no key: all the others together."""

    key: str | None
    n: int
    value: int
    last: datetime


def timezone_here() -> str:
    """The time zone of the current workspace."""
    return str(session.execute(TIMEZONE, {"here": required_workspace()}).scalar_one())


def last_days(days: int, timezone: str | None = None) -> Span:
    """The days up to today; who knows the workspace's time zone already spares a question."""
    return spans.days_until(now(), days, timezone or timezone_here())


def last_hours(hours: int, timezone: str | None = None) -> Span:
    """The hours up to the one under way."""
    return spans.hours_until(now(), hours, timezone or timezone_here())


def between(first: date, last: date, timezone: str | None = None) -> Span:
    """From one day to another, both included."""
    return spans.days_between(first, last, timezone or timezone_here())


def total(metric: str, span: Span, where: Where = EVERYTHING) -> Sum:
    """The sum of a span."""
    points = _points([metric], span, where)[metric]
    return Sum(sum(point.n for point in points), sum(point.value for point in points))


def series(metric: str, span: Span, where: Where = EVERYTHING) -> list[Point]:
    """A sum for each hour or day of a span, also where there was nothing."""
    return side_by_side([metric], span, where)[metric]


def side_by_side(metrics: Sequence[str], span: Span, where: Where = EVERYTHING) -> dict[str, list[Point]]:
    """The series of several metrics in one question."""
    return {metric: _filled(points, span) for metric, points in _points(metrics, span, where).items()}


def series_by(
    metric: str, span: Span, by: str, keys: Collection[str], where: Where = EVERYTHING
) -> dict[str, list[Point]]:
    """A series for each of some values of a dimension."""
    found: dict[str, list[Point]] = {key: [] for key in keys}
    wholes = [json.dumps({**where, by: key}) for key in keys]
    asked = {**_asked([metric], span, where, by), "keys": list(keys), "wholes": wholes}
    for key, *sums in session.execute(SERIES_BY, asked) if keys else ():
        found[key].append(Point(*sums))
    return {key: _filled(points, span) for key, points in found.items()}


def breakdown(metric: str, span: Span, by: str, where: Where = EVERYTHING) -> list[Slice]:
    """The sum for each value of a dimension, the most frequent first."""
    return _slices(metric, span, by, None, where)


def top(metric: str, span: Span, by: str, limit: int, where: Where = EVERYTHING) -> list[Slice]:
    """The most frequent values of a dimension, and all the others as one without a key."""
    return _slices(metric, span, by, limit, where)


def _points(metrics: Sequence[str], span: Span, where: Where) -> dict[str, list[Point]]:
    found: dict[str, list[Point]] = {metric: [] for metric in metrics}
    for metric, *sums in session.execute(SERIES, _asked(metrics, span, where)):
        found[metric].append(Point(*sums))
    return found


def _slices(metric: str, span: Span, by: str, limit: int | None, where: Where) -> list[Slice]:
    asked = {**_asked([metric], span, where, by), "limit": limit}
    return [Slice(*row) for row in session.execute(SLICES, asked)]


def _asked(metrics: Sequence[str], span: Span, where: Where, by: str | None = None) -> dict[str, Any]:
    """What all questions ask with; those without `by` know the whole key of the rows that they want."""
    return {
        "here": required_workspace(),
        "metrics": list(metrics),
        "grain": span.grain,
        "start": span.start,
        "end": span.end,
        "shape": shape_of({*where, by} if by else where),
        "where": json.dumps(dict(where)),
        **({"by": by} if by else {}),
    }


def _filled(points: list[Point], span: Span) -> list[Point]:
    # What was counted while the workspace lived in another time zone may lie in an hour that this one left out.
    known = {point.bucket: point for point in points}
    return [known.get(at) or Point(at, 0, 0) for at in sorted({*span.buckets, *known})]
