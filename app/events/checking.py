"""Whether something that was sent is an event, by the rules of Segment's tracking API and a few of our own."""

import ipaddress
from datetime import datetime
from typing import Any

from app.core.clock import now
from app.core.crypto import keyed_hash
from app.core.ids import new_id
from app.core.text import one_line
from app.events.accepted import Accepted, Rejected
from app.events.excerpts import excerpt_of, name_in
from app.events.models import KINDS, LONGEST_NAME
from app.events.storable import Unfit, storable
from app.events.times import occurred_at

LONGEST_ID = 255
LARGEST_EVENT = 32 * 1024
# How SDKs say that no address is to be kept.
NO_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104


def checked(
    raw: Any,
    *,
    kind: str | None = None,
    sent_at: Any = None,
    received_at: datetime | None = None,
    address: str | None = None,
) -> Accepted | Rejected:
    """The event in an object of JSON, or why there is none.

    `kind` is what the address says, else the object's `type`; `sent_at` is that of the batch around it; `address` is
    where a browser's event comes from, where the event itself names none.
    """
    try:
        return _accepted(raw, kind, sent_at, received_at or now(), address)
    except Unfit as unfit:
        return Rejected(code=unfit.code, message=unfit.message, name=name_in(raw), excerpt=excerpt_of(raw))


def _accepted(raw: Any, kind: str | None, sent_at: Any, received_at: datetime, address: str | None) -> Accepted:
    if not isinstance(raw, dict):
        raise Unfit("event_not_object", "An event is a JSON object.")
    kind = kind or _kind(raw)
    name = _name(raw) if kind == "track" else kind
    user_id, anonymous_id = _id(raw, "userId"), _id(raw, "anonymousId")
    properties = _properties(raw, kind)
    if not user_id and (not anonymous_id or kind == "alias"):
        which = "userId" if kind == "alias" else "userId or anonymousId"
        raise Unfit("identity_missing", f"Say whose event it is: send {which}.")
    context = _object(raw, "context")
    ip_hash = _ip_hash(context.pop("ip", None) or address) if "ip" in context or address else None
    properties, size = storable(properties, "properties" if kind in WITH_PROPERTIES else "traits", most=LARGEST_EVENT)
    context, more = storable(context, "context", most=LARGEST_EVENT)
    if size + more > LARGEST_EVENT:
        raise Unfit("event_too_large", "An event takes at most 32 kB.")
    return Accepted(
        kind=kind,
        name=name,
        user_id=user_id,
        anonymous_id=anonymous_id,
        message_id=_id(raw, "messageId") or str(new_id()),
        session_id=_session(context),
        occurred_at=occurred_at(raw, sent_at, received_at),
        context=context,
        properties=properties,
        country=_country(context),
        ip_hash=ip_hash,
    )


WITH_PROPERTIES = frozenset({"track", "page", "screen"})


def _kind(raw: dict[str, Any]) -> str:
    kind = raw.get("type")
    if not isinstance(kind, str) or kind not in KINDS:
        raise Unfit("type_unknown", f"type is one of {', '.join(KINDS)}.")
    return kind


def _name(raw: dict[str, Any]) -> str:
    name = raw.get("event")
    if not isinstance(name, str):
        raise Unfit("name_missing", "A track call names its event: send event as text.")
    if not name.isprintable() or name[:1] == " " or name[-1:] == " ":
        name = one_line(name)
    if not name or not _is_writable(name):
        raise Unfit("name_missing", "A track call names its event: send event as text.")
    if len(name) > LONGEST_NAME:
        raise Unfit("name_too_long", f"The name of an event has at most {LONGEST_NAME} characters.")
    return name


def _id(raw: dict[str, Any], field: str) -> str | None:
    """An id as text; programs also send numbers."""
    value = raw.get(field)
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() <= 64:
        return str(value)
    if not isinstance(value, str) or "\0" in value or not _is_writable(value):
        raise Unfit("id_not_valid", f"{field} is text or a whole number.")
    if len(value) > LONGEST_ID:
        raise Unfit("id_too_long", f"{field} has at most {LONGEST_ID} characters.")
    return value


def _is_writable(text: str) -> bool:
    """Halves of letters, which UTF-16 has and UTF-8 has not, cannot be written down."""
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)


def _properties(raw: dict[str, Any], kind: str) -> dict[str, Any]:
    """What the event carries: properties, traits, and the ids that group and alias are about."""
    if kind == "alias":
        return {"previousId": _needed(raw, "previousId")}
    if kind == "group":
        return {**_traits(raw), "groupId": _needed(raw, "groupId")}
    if kind == "identify":
        return _traits(raw)
    properties = _object(raw, "properties")
    if kind != "track":
        for field in ("name", "category"):
            if isinstance(raw.get(field), str):
                properties.setdefault(field, raw[field])
    return properties


def _traits(raw: dict[str, Any]) -> dict[str, Any]:
    """What was said of the person; RudderStack's browser SDK puts it into the context."""
    return {**_object(_object(raw, "context"), "traits"), **_object(raw, "traits")}


def _needed(raw: dict[str, Any], field: str) -> str:
    value = _id(raw, field)
    if value is None:
        raise Unfit("id_missing", f"Send {field}.")
    return value


def _object(raw: dict[str, Any], field: str) -> dict[str, Any]:
    value = raw.get(field)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unfit("field_not_object", f"{field} is a JSON object.")
    return dict(value)


def _session(context: dict[str, Any]) -> str | None:
    session = context.get("sessionId")
    if isinstance(session, bool) or not isinstance(session, str | int):
        return None
    return str(session)[:LONGEST_ID] or None


def _country(context: dict[str, Any]) -> str | None:
    """Two letters, as ISO 3166 writes countries; names are not guessed at."""
    place = context.get("location")
    country = place.get("country") if isinstance(place, dict) else None
    if isinstance(country, str) and len(country) == 2 and country.isascii() and country.isalpha():
        return country.upper()
    return None


def _ip_hash(address: Any) -> bytes | None:
    """What is kept of an address: enough to see that two events share it."""
    try:
        parsed = ipaddress.ip_address(address) if isinstance(address, str) else None
    except ValueError:
        return None
    return None if parsed is None or str(parsed) in NO_ADDRESS else keyed_hash(str(parsed), "ip")
