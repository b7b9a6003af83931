"""What people are called on screens."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from babel import Locale

from app.core.text import one_line
from app.people.models import Person

EPOCH = datetime.fromtimestamp(0, UTC)
LONGEST = 120
# As senders spell them: a whole name, or its two halves.
WHOLE, HALVES = ("name", "displayName"), (("firstName", "lastName"), ("first_name", "last_name"))


@dataclass(frozen=True)
class Trait:
    """Something that was said of a person, by whom and when."""

    name: str
    value: Any
    by_server: bool | None
    said_at: datetime | None

    @property
    def text(self) -> str:
        """The value as people read it."""
        return self.value if isinstance(self.value, str) else json.dumps(self.value, ensure_ascii=False)


def name_of(person: Person) -> str | None:
    """The name that was said of a person."""
    traits = person.traits
    for key in WHOLE:
        if text := _text(traits.get(key)):
            return text
    for first, last in HALVES:
        if text := " ".join(filter(None, (_text(traits.get(first)), _text(traits.get(last))))):
            return text
    return None


def address_of(person: Person) -> str | None:
    """The e-mail address that was said of a person."""
    return _text(person.traits.get("email"))


def called(person: Person) -> str:
    """The best that is known to call somebody by."""
    if person.erased_at is not None:
        return "Erased person"
    return name_of(person) or address_of(person) or person.external_id or "Anonymous"


def country_named(code: str) -> str:
    """What a country is called; a code that nobody knows as it is."""
    return str(Locale("en").territories.get(code.upper(), code))


def traits_of(person: Person) -> list[Trait]:
    """Everything said of a person, by the name of the trait."""
    return [_trait(person, name) for name in sorted(person.traits)]


def _trait(person: Person, name: str) -> Trait:
    source = person.trait_sources.get(name)
    if not source:
        return Trait(name, person.traits[name], None, None)
    by_server, microseconds = source[:2]
    return Trait(name, person.traits[name], bool(by_server), EPOCH + timedelta(microseconds=microseconds))


def _text(value: Any) -> str | None:
    return one_line(value)[:LONGEST] or None if isinstance(value, str) else None
