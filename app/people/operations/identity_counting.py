"""How many people there are: each is counted once, in the hour in which they were seen first."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from app.metrics.operations import Tally, count
from app.people.operations.identity_rows import PersonRow

# The app, when somebody was seen first, and one more or one less.
Counted = tuple[UUID, datetime, int]


def count_people(rows: Iterable[PersonRow], more: Iterable[Counted] = ()) -> None:
    """Count those who came, discount those who became part of somebody, move those who were seen earlier than known."""
    sums: Counter[tuple[UUID, datetime]] = Counter()
    for app_id, at, n in [*_changes(rows), *more]:
        sums[app_id, quarter_of(at)] += n
    count(Tally("people", at, {"app": str(app_id)}, n) for (app_id, at), n in sums.items() if n)


def quarter_of(at: datetime) -> datetime:
    """The quarter of an hour that a moment lies in: within one, no hour of any time zone begins."""
    return at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)


def _changes(rows: Iterable[PersonRow]) -> Iterable[Counted]:
    for row in rows:
        counted_at = row.profile.first if row.is_counted else None
        if counted_at == row.counted_at:
            continue
        if row.counted_at:
            yield row.app_id, row.counted_at, -1
        if counted_at:
            yield row.app_id, counted_at, 1
