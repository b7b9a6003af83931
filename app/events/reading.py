"""From the bytes of a request to the events in it; what cannot be read at all is refused as a whole."""

import json
import math
import zlib
from typing import Any

import msgspec

from app.core.errors import DomainError, TooLarge
from app.events.storable import Outsize

LARGEST_REQUEST = 500 * 1024
LONGEST_BATCH = 2500
# What Python reads and writes as a number, and PostgreSQL with it.
MOST_DIGITS = 4300
GZIP = 31


class Sent(msgspec.Struct, frozen=True):
    """What a request carries: its events as they came, and what it says for all of them."""

    events: list[Any]
    sent_at: Any = None
    key: str | None = None


def unpacked(body: bytes, encoding: str) -> bytes:
    """The body as it was before it was compressed, never more of it than a request may have."""
    encoding = encoding.strip().lower()
    if encoding == "gzip":
        body = _gunzipped(body)
    elif encoding not in {"", "identity"}:
        raise DomainError("encoding_unknown", "Send the body as it is, or compressed by gzip.", status=415)
    if len(body) > LARGEST_REQUEST:
        raise TooLarge("too_large", f"A request has at most {LARGEST_REQUEST // 1024} kB, unpacked. Send less at once.")
    return body


def single(document: Any) -> Sent:
    """The one event that a document is."""
    return Sent([document], key=_key(document))


def batch(document: Any) -> Sent:
    """The events in a document's `batch`."""
    events = document.get("batch") if isinstance(document, dict) else None
    if not isinstance(events, list):
        raise DomainError("not_a_batch", 'A batch is an object with its events in "batch", a list.', status=400)
    if len(events) > LONGEST_BATCH:
        raise TooLarge("batch_too_long", f"A batch has at most {LONGEST_BATCH} events. Send several.")
    return Sent(events, document.get("sentAt"), _key(document))


def document_in(body: bytes) -> Any:
    """The JSON in a body.

    The quick way refuses what the patient one lets through: halves of letters, and numbers beyond all bounds, of
    which one event among many may have some. They are dealt with where each event is looked at.
    """
    try:
        return msgspec.json.decode(body)
    except (ValueError, RecursionError):
        pass
    try:
        return json.loads(body, parse_float=_float, parse_int=_int, parse_constant=lambda _: Outsize())
    except (ValueError, RecursionError):
        raise DomainError("not_json", "The body is not JSON that can be read.", status=400) from None


def _gunzipped(body: bytes) -> bytes:
    unpacking = zlib.decompressobj(GZIP)
    try:
        plain = unpacking.decompress(body, LARGEST_REQUEST + 1)
    except zlib.error:
        plain = None
    if plain is None or (len(plain) <= LARGEST_REQUEST and not unpacking.eof):
        raise DomainError("not_gzip", "The body is not what gzip makes, as Content-Encoding says it is.", status=400)
    return plain


def _key(document: Any) -> str | None:
    key = document.get("writeKey") if isinstance(document, dict) else None
    return key if isinstance(key, str) else None


def _float(text: str) -> float | Outsize:
    number = float(text)
    return number if math.isfinite(number) else Outsize()


def _int(text: str) -> int | Outsize:
    return int(text) if len(text.lstrip("-")) <= MOST_DIGITS else Outsize()
