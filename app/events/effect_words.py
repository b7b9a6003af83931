"""Says in words what events caused; each feature adds the words for what it notes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Told:
    """One effect as people read it, and the page where more is to be seen: an endpoint and what it takes."""

    title: str
    text: str | None = None
    endpoint: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    icon: str = "check"
    # None, good, warn or bad, as everywhere on screens.
    tone: str | None = "good"


# Takes the details that were noted with the effect.
Words = Callable[[Mapping[str, Any]], Told]

# What is said of an event that was worked off, and of which nobody noted anything.
NOTHING = Told("Counted. Nothing else watches this name.", icon="chart-no-axes-column", tone=None)

_words: dict[tuple[str, str], Words] = {}


def say(subscriber: str, kind: str, words: Words) -> None:
    """Have what a subscriber notes under this kind told in these words."""
    _words[subscriber, kind] = words


def told(subscriber: str, kind: str, details: Mapping[str, Any]) -> Told:
    """An effect in words; one for which nobody has words is named as it is."""
    words = _words.get((subscriber, kind))
    if words is None:
        return Told(f"{subscriber}: {kind.replace('_', ' ').replace('.', ' ')}", icon="dot", tone=None)
    return words(details)


REFUSALS = {
    "browser_joins_known_people": "A browser may not join two people who are both known. Send alias from your server.",
    "belongs_to_another": "The anonymous id belongs to somebody else, who used it first.",
}


def _created(details: Mapping[str, Any]) -> Told:
    return Told("A new person", None, "people.show_person", {"person_id": details["person"]}, icon="user-round-plus")


def _joined(details: Mapping[str, Any]) -> Told:
    text = "What was done under the one id before belongs to the same person now."
    return Told("Two ids are one person", text, "people.show_person", {"person_id": details["into"]}, icon="merge")


def _parted(details: Mapping[str, Any]) -> Told:
    text = "An earlier event than those before says whose the anonymous id was first."
    where = {"person_id": details["joins"]}
    return Told("An anonymous id went to another person", text, "people.show_person", where, icon="split")


def _traits(details: Mapping[str, Any]) -> Told:
    said = {
        "Taken": details.get("taken", []),
        "Said later by others": details.get("outdone", []),
        "Left out, too many or too long": details.get("left_out", []),
    }
    text = ". ".join(f"{words}: {', '.join(names)}" for words, names in said.items() if names)
    is_taken = bool(details.get("taken"))
    title = "Traits of the person" if is_taken else "No trait changed"
    return Told(title, text or None, icon="id-card", tone="good" if is_taken else None)


def _refused(details: Mapping[str, Any]) -> Told:
    text = REFUSALS.get(details["reason"], details["reason"])
    return Told("The ids were not joined", text, icon="ban", tone="warn")


def _erased(_details: Mapping[str, Any]) -> Told:
    return Told("Counted. The person was erased.", icon="eraser", tone=None)


for kind, words in {
    "created": _created,
    "joined": _joined,
    "parted": _parted,
    "traits": _traits,
    "refused": _refused,
    "erased": _erased,
}.items():
    say("people", kind, words)
say("events", "counted", lambda _details: NOTHING)
