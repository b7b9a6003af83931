"""Send an event by hand, to see what it causes."""

import json
from typing import Any
from uuid import UUID

from app.core.audit import record
from app.core.clock import now
from app.core.errors import Conflict, Invalid
from app.events.accepted import Rejected
from app.events.operations.intake import checked, store
from app.workspaces.models import App

# What stands in the context of such an event, so that everybody sees where it came from.
SENT_BY = {"library": {"name": "Guerdon test event"}}
# At which field of the form a refusal is shown; the rest is about the properties.
FIELDS = {"name_missing": "name", "name_too_long": "name", "id_not_valid": "user_id", "id_too_long": "user_id"}


def send_test_event(app: App, *, name: str, user_id: str, properties: str) -> UUID:
    """Take in an event as the app's own server would send it; it counts like any other."""
    if app.status == "suspended":
        raise Conflict("app_suspended", f"{app.name} is suspended, so it takes no events.", field="app")
    raw = {
        "type": "track",
        "event": name,
        "userId": user_id,
        "properties": read_properties(properties),
        "context": SENT_BY,
        "timestamp": now().isoformat(),
    }
    event = checked(raw)
    if isinstance(event, Rejected):
        raise Invalid(event.code, event.message, field=FIELDS.get(event.code, "properties"))
    [event_id] = store(app.id, "server", [event]).ids
    record("event.tested", "event", event_id, name=event.name, app=str(app.id))
    return event_id


def read_properties(text: str) -> dict[str, Any]:
    """The JSON object in a text, or where reading it ended; nothing stands for an empty one."""
    try:
        found = json.loads(text or "{}", parse_constant=_refuse)
    except json.JSONDecodeError as error:
        words = f"This is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        raise Invalid("not_json", words, field="properties") from None
    except (ValueError, RecursionError):
        words = "This cannot be read: a number is infinite or too long, or it is nested too deeply."
        raise Invalid("not_json", words, field="properties") from None
    if not isinstance(found, dict):
        raise Invalid("not_an_object", "Write a JSON object: { … }", field="properties")
    return found


def _refuse(_constant: str) -> None:
    """NaN and Infinity, which Python reads and JSON has not."""
    raise ValueError
