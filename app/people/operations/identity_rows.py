"""Rows of people and of the ids they are known by: found, made, locked and written many at a time."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec

from app.core.db import session
from app.core.ids import new_id
from app.core.tenancy import required_workspace
from app.people.operations import identity_sql as sql
from app.people.operations.profiles import Profile

# The app, and a user id or an anonymous id of it.
Name = tuple[UUID, str]
# When an anonymous id was used together with a user id, and with which.
IdClaim = tuple[datetime, str]


@dataclass(slots=True)
class PersonRow:
    """A person as they lie in the table, and as they are to be."""

    id: UUID
    app_id: UUID
    is_known: bool
    merged_into: UUID | None
    profile: Profile
    own: Profile | None = None
    is_changed: bool = False
    # The time that the person is counted at by now, if they are.
    counted_at: datetime | None = None

    @property
    def is_counted(self) -> bool:
        return self.merged_into is None

    def written(self) -> dict[str, Any]:
        return _written(self.id, self.app_id, self.profile, merged_into=self.merged_into, own=self.own)


@dataclass(slots=True)
class AliasRow:
    """An anonymous id: whose it is, the row that was made for it, and the claim on it."""

    id: UUID
    name: Name
    person_id: UUID
    origin_id: UUID | None
    claim: IdClaim | None


def hold_structure(*, alone: bool = False) -> None:
    """Until the commit nobody joins two known people; alone, nobody else recognises anybody either."""
    key = int.from_bytes(sha256(b"people" + required_workspace().bytes).digest()[:8], signed=True)
    run(sql.HOLD_ALONE if alone else sql.HOLD, {"key": key})


def find_users(names: Collection[Name]) -> dict[Name, UUID]:
    """The person of each user id that is known."""
    return {(app_id, name): root for app_id, name, root in of_names(sql.FIND_USERS, names)}


def find_aliases(names: Collection[Name]) -> dict[Name, AliasRow]:
    return _aliases(of_names(sql.FIND_ALIASES, names))


def lock_aliases(names: Collection[Name]) -> dict[Name, AliasRow]:
    """The same, and nobody else gives them to anybody until the commit."""
    return _aliases(of_names(sql.LOCK_ALIASES, names))


def lock_people(ids: Collection[UUID]) -> dict[UUID, PersonRow]:
    """The rows of these people, locked in the order of their ids."""
    if not ids:
        return {}
    return {row[0]: _person(*row) for row in run(sql.LOCK_PEOPLE, {"ids": list(ids)})}


def parts_of(roots: Collection[UUID]) -> list[PersonRow]:
    """The rows of anonymous ids that belong to these people, who are locked."""
    return [_person(*row) for row in run(sql.FIND_PARTS, {"ids": list(roots)})] if roots else []


def make_users(profiles: Mapping[Name, Profile]) -> dict[Name, UUID]:
    """People for user ids; left out are those whom somebody else made at the same moment."""
    rows = [_written(new_id(), app_id, profile, user_id=user_id) for (app_id, user_id), profile in profiles.items()]
    return {(app_id, user_id): id for id, app_id, user_id in run(sql.MAKE_USERS, _document(rows))}


def make_origins(people: Sequence[PersonRow]) -> None:
    """Rows for anonymous ids that were seen alone."""
    if people:
        run(sql.MAKE_ORIGINS, _document([row.written() for row in people]))


def make_aliases(aliases: Iterable[AliasRow], origins: Iterable[PersonRow]) -> set[UUID]:
    """Anonymous ids with the rows made for them; which of them were made, for somebody else may have been faster."""
    # Sorted, so that two who make the same ids wait for each other in one order.
    columns = _alias_columns(sorted(aliases, key=lambda alias: alias.name))
    return {id for (id,) in run(sql.MAKE_ALIASES, columns | _document([row.written() for row in origins]))}


def write_people(people: Sequence[PersonRow]) -> None:
    if people:
        run(sql.WRITE_PEOPLE, _document([row.written() for row in people]))


def write_aliases(aliases: Sequence[AliasRow]) -> None:
    if aliases:
        run(sql.WRITE_ALIASES, _alias_columns(aliases))


def _written(
    id: UUID,
    app_id: UUID,
    profile: Profile,
    *,
    user_id: str | None = None,
    merged_into: UUID | None = None,
    own: Profile | None = None,
) -> dict[str, Any]:
    """A row as it is sent to the database."""
    # Whoever is part of somebody is not searched for by their own name.
    is_found = bool(profile.traits) and merged_into is None
    return {
        "id": id,
        "app_id": app_id,
        "external_id": user_id,
        "merged_into": merged_into,
        "first_seen_at": profile.first,
        "last_seen_at": profile.last,
        "country": profile.country,
        "platform": profile.platform,
        "traits": profile.held_traits(),
        "trait_sources": {name: claim[:2] for name, claim in profile.traits.items()},
        "place_sources": {name: claim[:2] for name, claim in profile.places.items()},
        "name_key": profile.name_key if is_found else None,
        "email_key": profile.email_key if is_found else None,
        "own_profile": own.stored() if own else None,
    }


def _document(rows: Sequence[dict[str, Any]]) -> dict[str, str]:
    return {"rows": msgspec.json.encode(rows).decode()}


def _person(
    id: UUID,
    app_id: UUID,
    is_known: bool,
    merged_into: UUID | None,
    first: datetime,
    last: datetime,
    country: str | None,
    platform: str | None,
    traits: str,
    sources: str,
    place_sources: str,
    own: str | None,
) -> PersonRow:
    places = {"country": country, "platform": platform}
    profile = Profile.of_columns((first, last), traits, sources, places, place_sources)
    counted_at = first if merged_into is None else None
    restored = Profile.restored(own) if own else None
    return PersonRow(id, app_id, is_known, merged_into, profile, restored, counted_at=counted_at)


def _aliases(rows: Iterable[Sequence[Any]]) -> dict[Name, AliasRow]:
    return {
        (app_id, alias): AliasRow(id, (app_id, alias), person_id, origin_id, (at, by) if at else None)
        for id, app_id, alias, person_id, origin_id, at, by in rows
    }


def _alias_columns(aliases: Sequence[AliasRow]) -> dict[str, Any]:
    return {
        "alias_ids": [alias.id for alias in aliases],
        "alias_apps": [alias.name[0] for alias in aliases],
        "aliases": [alias.name[1] for alias in aliases],
        "owners": [alias.person_id for alias in aliases],
        "origins": [alias.origin_id for alias in aliases],
        "claimed_at": [alias.claim[0] if alias.claim else None for alias in aliases],
        "claimed_by": [alias.claim[1] if alias.claim else None for alias in aliases],
    }


def of_names(statement: str, names: Collection[Name]) -> Sequence[Any]:
    if not names:
        return ()
    ordered = sorted(names)
    return run(statement, {"apps": [app_id for app_id, _ in ordered], "names": [name for _, name in ordered]})


def run(statement: str, values: dict[str, Any]) -> Sequence[Any]:
    found = session.connection().exec_driver_sql(statement, {"here": required_workspace(), **values})
    return found.all() if found.returns_rows else ()
