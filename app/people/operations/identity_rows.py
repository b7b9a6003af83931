"""Rows of people and of the ids they are known by: found, made, locked and written many at a time."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

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
    # Sorted, so that two who make the same people wait for each other in one order.
    names = sorted(profiles)
    rows = [(new_id(), app_id, user_id, None, profiles[app_id, user_id]) for app_id, user_id in names]
    return {(app_id, user_id): id for id, app_id, user_id in run(sql.MAKE_USERS, _columns(rows))}


def make_origins(people: Iterable[PersonRow]) -> None:
    """Rows for anonymous ids that were seen alone."""
    rows = [(row.id, row.app_id, None, row.merged_into, row.profile) for row in people]
    if rows:
        run(sql.MAKE_ORIGINS, _columns(rows))


def make_aliases(aliases: Iterable[AliasRow], origins: Iterable[PersonRow]) -> set[UUID]:
    """Anonymous ids with the rows made for them; which of them were made, for somebody else may have been faster."""
    aliases = sorted(aliases, key=lambda alias: alias.name)
    if not aliases:
        return set()
    rows = [(row.id, row.app_id, None, row.merged_into, row.profile) for row in origins]
    made = run(sql.MAKE_ALIASES, _columns(rows) | _alias_columns(aliases))
    return {id for (id,) in made}


def write_people(people: Sequence[PersonRow]) -> None:
    if not people:
        return
    rows = [(row.id, row.app_id, None, row.merged_into, row.profile) for row in people]
    own = [row.own.stored() if row.own else None for row in people]
    run(sql.WRITE_PEOPLE, _columns(rows) | {"own": own})


def write_aliases(aliases: Sequence[AliasRow]) -> None:
    if aliases:
        run(sql.WRITE_ALIASES, _alias_columns(aliases))


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


def _columns(rows: Sequence[tuple[UUID, UUID, str | None, UUID | None, Profile]]) -> dict[str, Any]:
    profiles = [row[4] for row in rows]
    return {
        "ids": [row[0] for row in rows],
        "apps": [row[1] for row in rows],
        "user_ids": [row[2] for row in rows],
        "merged_into": [row[3] for row in rows],
        "first": [profile.first for profile in profiles],
        "last": [profile.last for profile in profiles],
        "country": [profile.country for profile in profiles],
        "platform": [profile.platform for profile in profiles],
        "traits": [profile.traits_text() if profile.traits else "{}" for profile in profiles],
        "sources": [profile.sources_text() if profile.traits else "{}" for profile in profiles],
        "places": [profile.places_text() if profile.places else "{}" for profile in profiles],
        # Whoever is part of somebody is not searched for by their own name.
        "name_keys": [row[4].name_key if row[4].traits and row[3] is None else None for row in rows],
        "email_keys": [row[4].email_key if row[4].traits and row[3] is None else None for row in rows],
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
