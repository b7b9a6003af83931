"""What a person sent: as moments of their timeline, and whole for the file of everything known of them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import url_for

from app.core import panels
from app.core.ids import first_id_at, made_at
from app.core.moments import when
from app.core.text import one_line
from app.events.models import Event
from app.events.queries.of_person import all_events_of_person, events_of_person
from app.people.queries.people import names_of, person_by_id

ICONS = {
    "track": "zap",
    "page": "file-text",
    "screen": "smartphone",
    "identify": "id-card",
    "group": "users",
    "alias": "link",
}
CALLED = {
    "page": "Viewed a page",
    "screen": "Viewed a screen",
    "identify": "Was identified",
    "group": "Was put into a group",
    "alias": "Got another id",
}
# On the way for longer than this, an event says when it happened.
ON_TIME = timedelta(minutes=5)
PROPERTIES_SHOWN, LONGEST = 4, 60


def _timeline(person_id: UUID, before: datetime, most: int) -> Iterator[panels.Moment]:
    """By the time of receipt, in which order the index holds them."""
    person = person_by_id(person_id)
    for event in events_of_person(person.app_id, names_of(person.id), _first_id_from(before), most):
        yield panels.Moment(
            at=made_at(event.id),
            icon=ICONS[event.kind],
            title=CALLED.get(event.kind, event.name),
            text=" · ".join(_details(event)) or None,
            href=url_for("events.show_event", event_id=event.id),
        )


def _first_id_from(before: datetime) -> UUID:
    """Ids know milliseconds: of one that the time lies in the midst of, its beginning came before."""
    return first_id_at(before + timedelta(microseconds=999))


def _details(event: Event) -> Iterator[str]:
    if abs(event.received_at - event.occurred_at) > ON_TIME:
        yield f"happened {when(event.occurred_at)}"
    for name, value in list(event.properties.items())[:PROPERTIES_SHOWN]:
        if isinstance(value, str | int | float) and value != "":
            yield f"{_short(name)}: {_short(value)}"


def _short(value: str | float) -> str:
    text = one_line(str(value))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _export(person_id: UUID) -> Iterator[dict[str, Any]]:
    person = person_by_id(person_id)
    return map(_whole, all_events_of_person(person.app_id, names_of(person.id)))


def _whole(event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "type": event.kind,
        "name": event.name,
        "message_id": event.message_id,
        "user_id": event.user_id,
        "anonymous_id": event.anonymous_id,
        "session_id": event.session_id,
        "occurred_at": event.occurred_at.astimezone(UTC),
        "received_at": event.received_at.astimezone(UTC),
        "sent_by": event.trust,
        "country": event.country,
        "context": event.context,
        "properties": event.properties,
    }


panels.add_to(panels.person_timelines, _timeline)
panels.add_to(panels.person_exports, panels.PersonExport("events", _export))
