"""From bytes to structs: what a program sent is read and checked in one pass, and refused in words."""

import re
from typing import TypeVar

import msgspec

from app.core.errors import DomainError, Invalid

S = TypeVar("S", bound=msgspec.Struct)

PLACE = re.compile(r" - at `(.*)`$", re.DOTALL)
MISSING = re.compile(r"Object missing required field `(.+)`", re.DOTALL)
UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
LENGTH = re.compile(r"of length (<=|>=) (\d+)")
BOUND = re.compile(r"(<=|>=) (-?\d+)")
LIMITS = {"<=": "at most", ">=": "at least"}
KINDS = {
    "`str`": "text",
    "`int`": "a whole number",
    "`float`": "a number",
    "`bool`": "true or false",
    "`array`": "a list",
    "`object`": "an object",
    "`null`": "null",
}
LONGEST_NAME = 100


def decoded_body(body: bytes, struct: type[S]) -> S:
    """The struct in a JSON body, or a refusal that names the field."""
    try:
        return msgspec.json.decode(body, type=struct)
    except msgspec.ValidationError as error:
        raise _not_valid(error) from None
    except (ValueError, RecursionError):
        raise DomainError("not_json", "The body is not JSON that can be read.", status=400) from None


def decoded_query(arguments: dict[str, str], struct: type[S]) -> S:
    """The struct in the parameters of an address, or a refusal that names the parameter."""
    try:
        return msgspec.convert(arguments, struct, strict=False)
    except msgspec.ValidationError as error:
        raise _not_valid(error) from None


def _not_valid(error: msgspec.ValidationError) -> Invalid:
    text = str(error)
    place = PLACE.search(text)
    path = place[1].removeprefix("$").lstrip(".") if place else ""
    text = text[: place.start()] if place else text
    if missing := MISSING.fullmatch(text):
        path, says = _below(path, missing[1]), "is required"
    elif unknown := UNKNOWN.fullmatch(text):
        path, says = _below(path, unknown[1]), "is not known here"
    else:
        says = f"is not valid: {_in_words(text)}"
    return Invalid("not_valid", f"{path or 'The body'} {says}.", field=path or None)


def _below(path: str, name: str) -> str:
    return f"{path}.{name[:LONGEST_NAME]}".lstrip(".")


def _in_words(text: str) -> str:
    text = LENGTH.sub(lambda found: f"of {LIMITS[found[1]]} {found[2]} characters", text)
    text = BOUND.sub(lambda found: f"of {LIMITS[found[1]]} {found[2]}", text)
    for kind, word in KINDS.items():
        text = text.replace(kind, word)
    return text[:1].lower() + text[1:]
