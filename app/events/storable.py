"""JSON for PostgreSQL: cleaned of letters that it cannot hold, refused where a number or the depth is beyond it."""

from typing import Any

import msgspec

DEEPEST = 8
REPLACEMENT = "\ufffd"
UNWRITABLE = {0: REPLACEMENT, **dict.fromkeys(range(0xD800, 0xE000), REPLACEMENT)}


class Unfit(Exception):
    """Why something cannot be an event."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Outsize:
    """A number in JSON that nobody can compute with: infinite, not a number, or thousands of digits long."""


def storable(value: dict[str, Any], called: str, *, most: int) -> tuple[dict[str, Any], int]:
    """The value as it can be stored, and its size in bytes.

    NUL and halves of letters, which cut text has, become U+FFFD: they are slips of one letter, not of the event.
    """
    encoded = _encoded(value, called)
    # An object has no more levels than brackets, so most need not be walked through.
    if (encoded is None or encoded.count(b"{") + encoded.count(b"[") > DEEPEST) and _is_deeper(value, DEEPEST):
        raise _too_deep(called)
    if encoded is None or b"\\u0000" in encoded:
        value = _cleaned(value)
        encoded = _encoded(value, called) or b""
    if len(encoded) > most:
        raise Unfit("properties_too_large", f"{called} takes at most {most // 1024} kB.")
    return value, len(encoded)


def _encoded(value: dict[str, Any], called: str) -> bytes | None:
    """The value as JSON; nothing where a letter cannot be written."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return None
    except (OverflowError, TypeError):
        words = f"A number in {called} is infinite, not a number, or beyond 4,300 digits. Send it as text."
        raise Unfit("number_not_valid", words) from None
    except RecursionError:
        raise _too_deep(called) from None


def _too_deep(called: str) -> Unfit:
    return Unfit("properties_too_deep", f"{called} is nested deeper than {DEEPEST} levels.")


def _is_deeper(value: Any, levels: int) -> bool:
    if isinstance(value, dict):
        return levels == 0 or any(_is_deeper(inner, levels - 1) for inner in value.values())
    if isinstance(value, list):
        return levels == 0 or any(_is_deeper(inner, levels - 1) for inner in value)
    return False


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return value.translate(UNWRITABLE)
    if isinstance(value, dict):
        return {name.translate(UNWRITABLE): _cleaned(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_cleaned(inner) for inner in value]
    return value
