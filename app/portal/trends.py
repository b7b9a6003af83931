"""How it went lately: the figures of the home page beside what they were a month ago."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from app.metrics.queries import EVER, Point, last_days, side_by_side
from app.points.telling import CREDITED, SPENT

DAYS = 30
COUNTED = ("people", "events", CREDITED, SPENT)


@dataclass(frozen=True)
class Trend:
    """A figure, by how much it changed in thirty days, and its line through them."""

    value: int
    change: int
    line: list[int]


@dataclass(frozen=True)
class Trends:
    """What the tiles and the chart of the home page show."""

    people: Trend
    points: Trend
    events: list[Point]
    events_before: int

    @property
    def n_events(self) -> int:
        return sum(point.n for point in self.events)


def trends(timezone: str) -> Trends:
    """The last thirty days of the current workspace, in two questions however long its history."""
    span = last_days(DAYS, timezone)
    found = side_by_side(COUNTED, span.with_before)
    daily = {metric: [point for point in points if point.bucket >= span.start] for metric, points in found.items()}
    ever = {metric: points[0] for metric, points in side_by_side(COUNTED, EVER).items()}
    return Trends(
        people=_standing(ever["people"].n, [point.n for point in daily["people"]]),
        points=_standing(
            ever[CREDITED].value - ever[SPENT].value,
            [up.value - down.value for up, down in zip(daily[CREDITED], daily[SPENT], strict=True)],
        ),
        events=daily["events"],
        events_before=sum(point.n for point in found["events"] if point.bucket < span.start),
    )


def _standing(value: int, changes: Sequence[int]) -> Trend:
    """What stands at this height now stood, day by day, where its changes since leave it."""
    start = value - sum(changes)
    return Trend(value, sum(changes), list(accumulate(changes, initial=start))[1:])
