"""What is known of a person, put together so that it does not matter in which order it was learned.

Each part is a maximum or a minimum, so profiles can be joined in any order, and joined twice.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from app.people.search_keys import search_key
from app.people.sightings import Sighting

MOST_TRAITS = 100
LONGEST_VALUE = 1000
LONGEST_TRAIT_NAME = 200
REMOVED = "null"

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# By a server or a browser, when in microseconds, and what as text: the greatest holds.
Claim = tuple[int, int, str]
_Raws = dict[str, msgspec.Raw]
_decode_raws = msgspec.json.Decoder(_Raws).decode
_decode_sources = msgspec.json.Decoder(dict[str, tuple[int, int]]).decode
_decode_stored = msgspec.json.Decoder(dict[str, Any]).decode


class Profile:
    """When somebody was seen first and last, their traits, their country and platform."""

    __slots__ = ("first", "last", "places", "traits")

    def __init__(self, first: datetime, last: datetime) -> None:
        self.first, self.last = first, last
        self.traits: dict[str, Claim] = {}
        self.places: dict[str, Claim] = {}

    def copy(self) -> "Profile":
        twin = Profile(self.first, self.last)
        twin.traits, twin.places = dict(self.traits), dict(self.places)
        return twin

    def join(self, other: "Profile") -> bool:
        """Learn what the other knows; whether it was anything new."""
        is_new = other.first < self.first or other.last > self.last
        self.first, self.last = min(self.first, other.first), max(self.last, other.last)
        is_new |= _take(self.places, other.places)
        if other.traits and _take(self.traits, other.traits):
            self._let_go()
            return True
        return is_new

    def see(self, sighting: Sighting) -> None:
        """Learn what a sighting says."""
        if sighting.at < self.first:
            self.first = sighting.at
        elif sighting.at > self.last:
            self.last = sighting.at
        if sighting.country or sighting.platform or sighting.traits:
            rank, at = said_by(sighting)
            if sighting.country:
                _put(self.places, "country", (rank, at, sighting.country))
            if sighting.platform:
                _put(self.places, "platform", (rank, at, sighting.platform))
            for name, value in (sighting.traits or {}).items():
                if is_kept(name, value):
                    _put(self.traits, name, (rank, at, value))
            self._let_go()

    def _let_go(self) -> None:
        # Removed traits count too: else one that was left out could come back, or not, as the order wills.
        if len(self.traits) > MOST_TRAITS:
            self.traits = {name: self.traits[name] for name in sorted(self.traits)[:MOST_TRAITS]}

    @property
    def country(self) -> str | None:
        return self.places["country"][2] if "country" in self.places else None

    @property
    def platform(self) -> str | None:
        return self.places["platform"][2] if "platform" in self.places else None

    def held_traits(self) -> dict[str, msgspec.Raw]:
        """The traits that were not removed."""
        return {name: msgspec.Raw(text) for name, (_, _, text) in self.traits.items() if text != REMOVED}

    def key_of(self, *names: str) -> str | None:
        """The traits of these names as search compares them."""
        words = [msgspec.json.decode(self.traits[name][2]) for name in names if name in self.traits]
        return search_key(" ".join(word for word in words if isinstance(word, str))) or None

    @property
    def name_key(self) -> str | None:
        return self.key_of("name") or self.key_of("firstName", "lastName")

    @property
    def email_key(self) -> str | None:
        return self.key_of("email")

    def stored(self) -> dict[str, Any]:
        """The whole as JSON keeps it."""
        return {"first": micros(self.first), "last": micros(self.last), "traits": self.traits, "places": self.places}

    @classmethod
    def restored(cls, text: str) -> "Profile":
        """What was stored."""
        whole = _decode_stored(text)
        profile = cls(_moment(whole["first"]), _moment(whole["last"]))
        profile.traits = {name: tuple(claim) for name, claim in whole["traits"].items()}
        profile.places = {name: tuple(claim) for name, claim in whole["places"].items()}
        return profile

    @classmethod
    def of_columns(
        cls,
        seen: tuple[datetime, datetime],
        traits: str,
        sources: str,
        places: Mapping[str, str | None],
        place_sources: str,
    ) -> "Profile":
        """The profile that lies in the columns of a row."""
        profile = cls(*seen)
        if sources != "{}":
            held = _decode_raws(traits)
            profile.traits = {
                name: (*source, bytes(held[name]).decode() if name in held else REMOVED)
                for name, source in _decode_sources(sources).items()
            }
        if place_sources != "{}":
            profile.places = {
                name: (*source, places[name] or "") for name, source in _decode_sources(place_sources).items()
            }
        return profile

    @classmethod
    def of_sighting(cls, sighting: Sighting) -> "Profile":
        profile = cls(sighting.at, sighting.at)
        profile.see(sighting)
        return profile


def said_by(sighting: Sighting) -> tuple[int, int]:
    """A server's word goes before a browser's, and a later one before an earlier."""
    return (0 if sighting.is_from_browser else 1, micros(sighting.at))


def is_kept(name: str, value: str) -> bool:
    """Whether a trait is small enough."""
    return len(name) <= LONGEST_TRAIT_NAME and len(value) <= LONGEST_VALUE


def micros(at: datetime) -> int:
    return (at - _BEGINNING) // _MICROSECOND


def _moment(at: int) -> datetime:
    return _BEGINNING + at * _MICROSECOND


def _put(claims: dict[str, Claim], name: str, claim: Claim) -> bool:
    held = claims.get(name)
    if held is not None and claim <= held:
        return False
    claims[name] = claim
    return True


def _take(claims: dict[str, Claim], others: Mapping[str, Claim]) -> bool:
    return sum(_put(claims, name, claim) for name, claim in others.items()) > 0
