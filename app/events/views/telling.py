"""One event, told whole: what it caused or why nothing, what was sent, and when."""

import json
import re
from datetime import datetime, timedelta
from typing import Any

from flask import url_for

from app.core.moments import here_and_now, local
from app.events.effect_words import NOTHING, Told, told
from app.events.models import Event
from app.events.queries.rows import Row
from app.events.queries.standing import effects_of, failures_of, status_of
from app.events.queries.whose import people_behind
from app.people.words import called

TRUSTS = {"server": "Server", "browser": "Browser", "network": "Ad network"}
# Letters that turn the direction of what follows; written out, so that a value cannot look like another.
TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def whole(event: Event) -> dict[str, Any]:
    """What the page of an event draws."""
    status = status_of([event.id])[event.id]
    person = people_behind([event]).get(event.id)
    caused = [told(one.subscriber, one.kind, one.details) for one in effects_of([event.id])[event.id]]
    return {
        **WORDS,
        "event": event,
        "standing": status,
        "person": person,
        "caused": [_shown(one) for one in caused or [NOTHING]] if status == "processed" else [],
        "failure": failures_of([event.id]).get(event.id),
        "properties": as_json(event.properties),
        "context": as_json(event.context),
        "trust": TRUSTS[event.trust],
        "delay": delay(event.received_at - event.occurred_at),
    }


def _shown(one: Told) -> dict[str, str | None]:
    """An effect as the component `timeline` takes it."""
    href = url_for(one.endpoint, **one.values) if one.endpoint else None
    return {"title": one.title, "text": one.text, "icon": one.icon, "tone": one.tone, "href": href}


def summary(row: Row) -> str:
    """What an event caused, in as many words as fit below its name."""
    titles = [told(one.subscriber, one.kind, one.details).title for one in row.effects]
    return " · ".join(titles)


def as_json(value: Any) -> str:
    """JSON as one reads it, in which nothing changes the direction of the text."""
    return excerpt(json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True))


def excerpt(text: str) -> str:
    """A stranger's text, in which nothing changes the direction of what follows."""
    return TURNING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def clock(moment: datetime) -> str:
    """To the second; the day as well, unless it is today."""
    at = local(moment)
    return f"{at:%H:%M:%S}" if at.date() == here_and_now().date() else f"{at:%-d %b, %H:%M:%S}"


def to_the_millisecond(moment: datetime) -> str:
    at = local(moment)
    return f"{at:%-d %b %Y, %H:%M:%S}.{at.microsecond // 1000:03}"


def delay(distance: timedelta) -> str:
    """How long an event was on its way, in the two largest units."""
    seconds = abs(distance.total_seconds())
    if seconds < 60:
        said = f"{seconds:.1f} s"
    elif seconds < 3600:
        said = f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
    elif seconds < 86_400:
        said = f"{seconds // 3600:.0f} h {seconds % 3600 // 60:.0f} min"
    else:
        said = f"{seconds // 86_400:.0f} d {seconds % 86_400 // 3600:.0f} h"
    return said if distance >= timedelta() else f"{said} before it happened, as its sender says"


# What templates about events say with.
WORDS: dict[str, Any] = {
    "called": called,
    "clock": clock,
    "exact": to_the_millisecond,
    "trusts": TRUSTS,
    "excerpt": excerpt,
}
