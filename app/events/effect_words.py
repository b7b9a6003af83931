"""Says in words what events caused; each feature adds the words for what it notes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class Told:
    """One effect as people read it."""

    title: str
    text: str | None = None
    href: str | None = None
    icon: str = "check"
    # None, good, warn or bad, as everywhere on screens.
    tone: str | None = "good"


# What stands in an effect's details, and the person behind the event, if one is known by now.
Words = Callable[[dict[str, Any], UUID | None], Told]

_words: dict[tuple[str, str], Words] = {}


def say(subscriber: str, kind: str, words: Words) -> None:
    """Have what a subscriber notes under this kind told in these words."""
    _words[subscriber, kind] = words


def told(subscriber: str, kind: str, details: dict[str, Any], person_id: UUID | None = None) -> Told:
    """An effect in words; one that nobody found words for is named as it is."""
    words = _words.get((subscriber, kind))
    if words is None:
        return Told(f"{subscriber}: {kind.replace('_', ' ').replace('.', ' ')}", icon="dot", tone=None)
    return words(details, person_id)
