"""Everything that happened to a person, told by all features and put together by time."""

import heapq
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from operator import attrgetter
from uuid import UUID

from app.core.panels import Moment, person_timelines

SIZE = 30
# So much may have happened in one and the same moment and still be told.
MOST_AT_ONCE = 5_000
AN_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Place:
    """How far a timeline was told: everything later than a moment, and so many things of the moment itself."""

    at: datetime
    told: int = 0


@dataclass(frozen=True)
class Stretch:
    """A part of a timeline, newest first, and where it goes on, if it does."""

    moments: list[Moment]
    goes_on: Place | None


def stretch_of(person_id: UUID, place: Place, size: int = SIZE) -> Stretch:
    """The next so many things; what a whole batch of events did at once is told over several pages."""
    if place.told > MOST_AT_ONCE:
        place = Place(place.at - AN_INSTANT)
    skipped = place.told
    most = skipped + size + 1
    told = [timeline(person_id, place.at + AN_INSTANT, most) for timeline in person_timelines]
    found = list(islice(heapq.merge(*told, key=attrgetter("at"), reverse=True), most))
    shown = found[skipped : skipped + size]
    if len(found) < most:
        return Stretch(shown, None)
    last = shown[-1].at
    return Stretch(shown, Place(last, sum(moment.at == last for moment in found[: skipped + size])))
