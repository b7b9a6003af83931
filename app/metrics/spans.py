"""Stretches of a workspace's wall clock, counted in hours, in days, or as a whole."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from app.core.moments import zone

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# No zone turns its clock by less than this, so no hour of the clock is shorter.
SHORTEST_HOUR = timedelta(minutes=30)
# The one bucket of all time, and where it ends.
ALL_TIME, NEVER = (
    datetime(1, 1, 1, tzinfo=UTC).replace(tzinfo=None),
    datetime(9999, 1, 1, tzinfo=UTC).replace(tzinfo=None),
)


def hour_of(at: datetime, timezone: str) -> datetime:
    """The hour that the wall clock showed then."""
    return at.astimezone(zone(timezone)).replace(minute=0, second=0, microsecond=0, tzinfo=None)


def buckets_of(hour: datetime) -> dict[str, datetime]:
    """Where an hour is counted, by grain."""
    return {"hour": hour, "day": hour.replace(hour=0), "ever": ALL_TIME}


@dataclass(frozen=True)
class Span:
    """From the beginning of one bucket to that of another, which is no more part of it."""

    start: datetime
    end: datetime
    grain: str
    timezone: str = "UTC"

    @property
    def buckets(self) -> list[datetime]:
        """Every hour or day that the clock showed: the hour that is left out in spring is not among them."""
        if self.grain == "ever":
            return [self.start]
        return list(self._days() if self.grain == "day" else self._hours())

    @property
    def before(self) -> "Span":
        """As long a stretch that ends where this one begins."""
        return replace(self, start=self.start - (self.end - self.start), end=self.start)

    @property
    def with_before(self) -> "Span":
        """This one and the one before it as one."""
        return replace(self, start=self.before.start)

    def _days(self) -> Iterator[datetime]:
        at = self.start
        while at < self.end:
            yield at
            at += DAY

    def _hours(self) -> Iterator[datetime]:
        at, latest = self.start.replace(tzinfo=zone(self.timezone)).astimezone(UTC), self.start - HOUR
        while (hour := hour_of(at, self.timezone)) < self.end:
            # The hour that comes twice in autumn is one bucket of two hours.
            if hour > latest:
                yield hour
                latest = hour
            at += SHORTEST_HOUR


EVER = Span(ALL_TIME, NEVER, "ever")


def days_until(at: datetime, days: int, timezone: str) -> Span:
    """So many days, the one of this moment being the last."""
    end = buckets_of(hour_of(at, timezone))["day"] + DAY
    return Span(end - days * DAY, end, "day", timezone)


def hours_until(at: datetime, hours: int, timezone: str) -> Span:
    """So many hours that really passed, the one of this moment being the last."""
    return Span(hour_of(at - (hours - 1) * HOUR, timezone), hour_of(at, timezone) + HOUR, "hour", timezone)


def days_between(first: date, last: date, timezone: str) -> Span:
    """From the first of these days to the last, both included."""
    return Span(datetime.combine(first, time()), datetime.combine(last, time()) + DAY, "day", timezone)
