"""Whose an anonymous id is: of all user ids it was ever used together with, the one it was used with first."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from blinker import Signal

from app.core.ids import new_id
from app.people import signals
from app.people.operations.identity_rows import (
    AliasRow,
    Name,
    PersonRow,
    find_aliases,
    find_users,
    lock_aliases,
    make_aliases,
    parts_of,
)
from app.people.operations.identity_seen import Seen
from app.people.sightings import Said


class Claims:
    """The anonymous ids of a batch, and what the batch changes about them."""

    def __init__(self, seen: Seen, users: dict[Name, UUID]) -> None:
        self.seen, self.users = seen, users
        self.aliases: dict[Name, AliasRow] = {}
        # Rows that this batch makes for anonymous ids that were seen alone: with the id itself, or later than it.
        self.fresh_origins: dict[UUID, PersonRow] = {}
        self.origins_to_make: list[PersonRow] = []
        self._changed: dict[UUID, AliasRow] = {}
        self.announcements: list[tuple[Signal, dict[str, Any]]] = []
        self._unsettled: set[Name] = set()
        self._made: set[Name] = set()
        self._people: dict[UUID, PersonRow] = {}

    def find(self) -> None:
        """Look the ids up, make those that are new, and lock those about which something may change."""
        seen = self.seen
        wanted = seen.claims.keys() | seen.alone.keys()
        self.aliases = find_aliases(wanted)
        # A claim only ever gives way to a smaller one, so what is claimed by a smaller one stays as it is.
        self._unsettled = {name for name in wanted if name in seen.alone or self._is_outdone(name)}
        self.aliases |= lock_aliases(self._unsettled & self.aliases.keys())
        while missing := self._unsettled - self.aliases.keys():
            self._make(missing)
            self.aliases |= lock_aliases(missing - self.aliases.keys())

    def _is_outdone(self, name: Name) -> bool:
        alias = self.aliases.get(name)
        return alias is None or alias.claim is None or self.seen.claims[name][0] < alias.claim

    def _make(self, names: set[Name]) -> None:
        fresh, origins = {}, {}
        for name in names:
            claim, fresh_id = self.seen.claims.get(name), new_id()
            # An id that nobody claims was seen alone, and is a person by itself.
            owner = self.users[name[0], claim[0][1]] if claim else fresh_id
            is_alone = name in self.seen.alone
            if is_alone:
                origins[fresh_id] = self._origin(fresh_id, name, owner if claim else None)
            fresh[name] = AliasRow(new_id(), name, owner, fresh_id if is_alone else None, claim[0] if claim else None)
        made = make_aliases(fresh.values(), origins.values())
        for name, alias in fresh.items():
            if alias.id in made:
                self.aliases[name] = alias
                self._made.add(name)
                if alias.origin_id:
                    self.fresh_origins[alias.origin_id] = origins[alias.origin_id]

    def _origin(self, id: UUID, name: Name, owner: UUID | None) -> PersonRow:
        return PersonRow(id, name[0], False, owner, self.seen.alone[name].copy())

    @property
    def changed_aliases(self) -> list[AliasRow]:
        return list(self._changed.values())

    def concerned(self) -> set[UUID]:
        """Everybody whose row may change."""
        ids = set(self.users.values())
        for name in self._unsettled - self._made:
            alias = self.aliases[name]
            ids.add(alias.person_id)
            if alias.origin_id:
                ids.add(alias.origin_id)
        return ids

    def apply(self, people: dict[UUID, PersonRow], said: list[Said]) -> None:
        """Give the ids to whom they belong, and let the people they belong to know what was seen."""
        left: set[UUID] = set()
        self._people = people
        for name in sorted(self._unsettled):
            alias = self.aliases[name]
            if name in self._made:
                self._attach_new(name, alias, people, said)
                continue
            if name in self.seen.alone:
                self._see_alone(name, alias, people)
            claim = self.seen.claims.get(name)
            if claim and (alias.claim is None or claim[0] < alias.claim):
                left |= self._give(alias, self.users[name[0], claim[0][1]], people, said, claim[1])
                alias.claim = claim[0]
                self._changed[alias.id] = alias
        self._part(left, people)

    def _attach_new(self, name: Name, alias: AliasRow, people: dict[UUID, PersonRow], said: list[Said]) -> None:
        if alias.claim is None:
            said.append(Said(self.seen.place_alone[name], "created", {"person": str(alias.person_id)}))
        elif alias.origin_id:
            _attach(self.fresh_origins[alias.origin_id], people[alias.person_id])

    def _see_alone(self, name: Name, alias: AliasRow, people: dict[UUID, PersonRow]) -> None:
        if alias.origin_id is None:
            alias.origin_id = new_id()
            origin = self._origin(alias.origin_id, name, alias.person_id)
            self.fresh_origins[origin.id] = origin
            self.origins_to_make.append(origin)
            self._changed[alias.id] = alias
        else:
            origin = people[alias.origin_id]
            origin.is_changed |= origin.profile.join(self.seen.alone[name])
        if origin.merged_into:
            _attach(origin, people[origin.merged_into])

    def _give(
        self, alias: AliasRow, owner_id: UUID, people: dict[UUID, PersonRow], said: list[Said], place: int
    ) -> set[UUID]:
        """Give an id to a person, with all that was seen by it; whom it was taken from."""
        former_id, alias.person_id = alias.person_id, owner_id
        if owner_id == former_id or alias.origin_id is None:
            return set()
        origin = people.get(alias.origin_id) or self.fresh_origins[alias.origin_id]
        origin.merged_into, origin.is_changed = owner_id, True
        _attach(origin, people[owner_id])
        if alias.claim is None:
            ids = {"absorbed": origin.id, "into": owner_id}
            self.announcements.append((signals.person_joined, ids))
            said.append(Said(place, "joined", {kind: str(id) for kind, id in ids.items()}))
            return set()
        ids = {"person": origin.id, "left": former_id, "joins": owner_id}
        self.announcements.append((signals.person_parted, ids))
        said.append(Said(place, "parted", {kind: str(id) for kind, id in ids.items()}))
        return {former_id}

    def _part(self, left: set[UUID], people: dict[UUID, PersonRow]) -> None:
        """Put together anew those from whom an id was taken, out of what remains of them."""
        everybody = {row.id: row for row in parts_of(left)} | people | self.fresh_origins
        for root_id in left:
            root = people[root_id]
            remaining = [row for row in everybody.values() if row.merged_into == root_id and not row.is_known]
            root.profile = (root.own or root.profile).copy()
            for part in remaining:
                root.profile.join(part.profile)
            root.own = root.own if remaining else None
            root.is_changed = True

    def origin_of(self, name: Name) -> PersonRow:
        """The row of an anonymous id that was seen alone."""
        alias = self.aliases[name]
        origin_id = alias.origin_id or alias.person_id
        return self.fresh_origins.get(origin_id) or self._people[origin_id]

    def answers(self) -> tuple[list[UUID], list[UUID]]:
        """For each sighting the person, and the row of the very id that was seen."""
        people, origins = [], []
        for sighting in self.seen.sightings:
            if sighting.user_id is not None:
                person_id = origin_id = self.users[sighting.app_id, sighting.user_id]
            elif sighting.anonymous_id is not None:
                alias = self.aliases[sighting.app_id, sighting.anonymous_id]
                person_id, origin_id = alias.person_id, alias.origin_id or alias.person_id
            people.append(person_id)
            origins.append(origin_id)
        return people, origins

    def refusals(self) -> Iterator[Said]:
        """Which calls that name two ids could not have what they asked for, and why."""
        known = find_users({(one.app_id, one.former_id) for _, one in self.seen.attempts if one.former_id})
        for place, one in self.seen.attempts:
            if (one.app_id, one.former_id) in known:
                yield Said(place, "refused", {"reason": "browser_joins_known_people"})
        for place, one in self.seen.explicit:
            for other in (one.anonymous_id, one.former_id):
                alias = self.aliases.get((one.app_id, other)) if other else None
                if alias and one.user_id and alias.person_id != self.users[one.app_id, one.user_id]:
                    yield Said(place, "refused", {"reason": "belongs_to_another"})
                    break


def _attach(origin: PersonRow, owner: PersonRow) -> None:
    """Let a person know what was seen by an anonymous id of theirs, and keep what they would be without it."""
    owner.own = owner.own or owner.profile.copy()
    owner.profile.join(origin.profile)
    owner.is_changed = True
