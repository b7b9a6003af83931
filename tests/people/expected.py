"""Who people are, said once more in the plainest way: from all sightings at once, and slowly."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select

from app.core.db import session
from app.people.models import Person
from app.people.queries.people import names_of
from app.people.sightings import Sighting

NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Shown:
    """What anybody can see of a person."""

    user_id: str | None
    user_ids: tuple[str, ...]
    anonymous_ids: tuple[str, ...]
    traits: str
    country: str | None
    platform: str | None
    first_seen_at: datetime
    last_seen_at: datetime


def shown_people(app_id: UUID) -> list[Shown]:
    """The people of an app of the current workspace, in an order of their own."""
    rows = session.scalars(select(Person).where(Person.app_id == app_id, Person.merged_into.is_(None))).all()
    return sorted((_shown(row) for row in rows), key=repr)


def _shown(person: Person) -> Shown:
    names = names_of(person.id)
    return Shown(
        user_id=person.external_id,
        user_ids=names.user_ids,
        anonymous_ids=names.anonymous_ids,
        traits=json.dumps(person.traits, sort_keys=True),
        country=person.country,
        platform=person.platform,
        first_seen_at=person.first_seen_at.astimezone(UTC),
        last_seen_at=person.last_seen_at.astimezone(UTC),
    )


def expected_people(sightings: Sequence[Sighting]) -> list[Shown]:
    users = {one.user_id for one in sightings if one.user_id is not None}
    alone = {one.anonymous_id for one in sightings if one.user_id is None and one.anonymous_id is not None}
    groups = _groups(users, sightings)
    claims = _claims(sightings)
    named = {
        user_id: max((one.at for one in _renamings(sightings) if one.user_id == user_id), default=NEVER)
        for user_id in users
    }
    people = []
    for group in groups:
        theirs = {anonymous_id for anonymous_id, (_, user_id) in claims.items() if user_id in group}
        of_them = [
            one for one in sightings if one.user_id in group or (one.user_id is None and one.anonymous_id in theirs)
        ]
        label = max(group, key=lambda user_id: (named[user_id], user_id))
        people.append(_put_together(of_them, label, group, {one for one in theirs if one in alone or one not in users}))
    for anonymous_id in alone - claims.keys():
        of_them = [one for one in sightings if one.user_id is None and one.anonymous_id == anonymous_id]
        people.append(_put_together(of_them, None, set(), {anonymous_id}))
    return sorted(people, key=repr)


def _renamings(sightings: Iterable[Sighting]) -> list[Sighting]:
    return [one for one in sightings if one.former_id not in (None, one.user_id) and not one.is_from_browser]


def _groups(users: set[str], sightings: Sequence[Sighting]) -> list[set[str]]:
    groups = [{user_id} for user_id in users]
    for one in _renamings(sightings):
        if one.former_id in users:
            joined = [group for group in groups if one.user_id in group or one.former_id in group]
            groups = [group for group in groups if group not in joined] + [set().union(*joined)]
    return groups


def _claims(sightings: Iterable[Sighting]) -> dict[str, tuple[datetime, str]]:
    claims: dict[str, tuple[datetime, str]] = {}
    for one in sightings:
        if one.user_id is None:
            continue
        for other in (one.anonymous_id, one.former_id if one.former_id != one.user_id else None):
            if other is not None:
                claims[other] = min(claims.get(other, (one.at, one.user_id)), (one.at, one.user_id))
    return claims


def _put_together(of_them: Sequence[Sighting], label: str | None, users: set[str], anonymous: set[str]) -> Shown:
    said: dict[str, tuple[bool, datetime, str]] = {}
    for one in of_them:
        for name, value in (one.traits or {}).items():
            claim = (not one.is_from_browser, one.at, value)
            if len(value) <= 1000 and len(name) <= 200:
                said[name] = max(said.get(name, claim), claim)
    kept = {name: json.loads(said[name][2]) for name in sorted(said)[:100]}
    return Shown(
        user_id=label,
        user_ids=tuple(sorted(users)),
        anonymous_ids=tuple(sorted(anonymous)),
        traits=json.dumps({name: value for name, value in kept.items() if value is not None}, sort_keys=True),
        country=_last([(one, one.country) for one in of_them]),
        platform=_last([(one, one.platform) for one in of_them]),
        first_seen_at=min(one.at for one in of_them),
        last_seen_at=max(one.at for one in of_them),
    )


def _last(said: Iterable[tuple[Sighting, str | None]]) -> str | None:
    claims = [(not one.is_from_browser, one.at, value) for one, value in said if value]
    return max(claims)[2] if claims else None
