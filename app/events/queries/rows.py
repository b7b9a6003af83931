"""Events as lists show them: what stands in the row, how far it has come, who it was, what it caused."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Text, cast, func

from app.events.models import Event
from app.events.queries.lists import events_by_id
from app.events.queries.standing import Effect, effects_of
from app.events.queries.whose import people_behind
from app.people.models import Person

BEGINNING = 90

# Without context and properties, which may have 32 kB together; of the properties the beginning.
COLUMNS = (
    *(Event.id, Event.app_id, Event.kind, Event.name, Event.user_id, Event.anonymous_id),
    *(Event.occurred_at, Event.received_at, Event.trust),
    func.left(cast(Event.properties, Text), BEGINNING).label("beginning"),
)


@dataclass(frozen=True)
class Row:
    """One line of a list of events."""

    event: Any
    person: Person | None
    status: str
    effects: Sequence[Effect]


def rows(statuses: dict[UUID, Any]) -> list[Row]:
    """The lines for these events, whose statuses are known already, in their order."""
    events = events_by_id(list(statuses), *COLUMNS)
    people, effects = people_behind(events), effects_of(statuses)
    return [Row(event, people.get(event.id), statuses[event.id], effects.get(event.id, ())) for event in events]
