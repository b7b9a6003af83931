"""What a batch of sightings says, before anybody is looked up."""

from collections.abc import Sequence

from app.people.operations.identity_rows import IdClaim, Name
from app.people.operations.profiles import Profile
from app.people.sightings import Sighting


class Seen:
    """Sightings, put together by the ids that were seen."""

    def __init__(self, sightings: Sequence[Sighting]) -> None:
        self.sightings = sightings
        self.users: dict[Name, Profile] = {}
        self.place_of_user: dict[Name, int] = {}
        # Anonymous ids without a user id beside them.
        self.alone: dict[Name, Profile] = {}
        self.place_alone: dict[Name, int] = {}
        # The smallest claim on each anonymous id, and which sighting makes it.
        self.claims: dict[Name, tuple[IdClaim, int]] = {}
        # Alias calls of servers, which may join two known people, and of browsers, which may not.
        self.renamings: list[tuple[int, Sighting]] = []
        self.attempts: list[tuple[int, Sighting]] = []
        self.with_traits: list[tuple[int, Sighting]] = []
        self.explicit: list[tuple[int, Sighting]] = []
        for place, sighting in enumerate(sightings):
            self._take(place, sighting)

    def _take(self, place: int, sighting: Sighting) -> None:
        app_id, user_id, anonymous_id = sighting.app_id, sighting.user_id, sighting.anonymous_id
        if sighting.traits:
            self.with_traits.append((place, sighting))
        if user_id is None:
            if anonymous_id is None:
                raise ValueError("Somebody is seen by at least one id.")
            _learn(self.alone, self.place_alone, (app_id, anonymous_id), sighting, place)
            return
        if sighting.is_explicit:
            self.explicit.append((place, sighting))
        _learn(self.users, self.place_of_user, (app_id, user_id), sighting, place)
        if anonymous_id is not None:
            self._claim((app_id, anonymous_id), (sighting.at, user_id), place)
        if sighting.former_id is not None and sighting.former_id != user_id:
            self._claim((app_id, sighting.former_id), (sighting.at, user_id), place)
            (self.attempts if sighting.is_from_browser else self.renamings).append((place, sighting))

    def _claim(self, name: Name, claim: IdClaim, place: int) -> None:
        held = self.claims.get(name)
        if held is None or claim < held[0]:
            self.claims[name] = (claim, place)


def _learn(profiles: dict[Name, Profile], places: dict[Name, int], name: Name, sighting: Sighting, place: int) -> None:
    profile = profiles.get(name)
    if profile is None:
        profiles[name], places[name] = Profile.of_sighting(sighting), place
    else:
        profile.see(sighting)
