"""Everything that happened to a person, told by all features and put together by time."""

import heapq
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from operator import attrgetter
from uuid import UUID

from app.core.panels import Moment, person_timelines

SIZE = 30
# So much may have happened in one and the same moment; beyond that a page ends in the middle of it.
MOST_AT_ONCE = 2_000


@dataclass(frozen=True)
class Stretch:
    """A part of a timeline, newest first, and before which moment it goes on, if it does."""

    moments: list[Moment]
    goes_on_before: datetime | None


def stretch_of(person_id: UUID, before: datetime, size: int = SIZE) -> Stretch:
    """The newest moments before a time; a page never ends inside of a moment, so that nothing is left out."""
    told = [timeline(person_id, before, size + 1) for timeline in person_timelines]
    merged = heapq.merge(*told, key=attrgetter("at"), reverse=True)
    moments = list(islice(merged, size + 1))
    if len(moments) <= size:
        return Stretch(moments, None)
    next_one = moments.pop()
    whole = [moment for moment in moments if moment.at > next_one.at]
    if whole:
        return Stretch(whole, whole[-1].at)
    if size >= MOST_AT_ONCE:
        return Stretch(moments, moments[-1].at)
    return stretch_of(person_id, before, size * 4)
