"""Who was seen: the same people come out in whatever order and in whatever pieces they are seen."""

from collections.abc import Sequence
from uuid import UUID

from app.core.clock import now
from app.core.errors import Invalid, Missing
from app.people.models import LONGEST_ID, Person
from app.people.operations.identity_claims import Claims
from app.people.operations.identity_counting import count_people
from app.people.operations.identity_joins import awaited_among, join_known
from app.people.operations.identity_rows import (
    Name,
    PersonRow,
    find_users,
    hold_structure,
    lock_people,
    make_origins,
    make_users,
    write_aliases,
    write_people,
)
from app.people.operations.identity_seen import Seen
from app.people.operations.profiles import is_kept, said_by
from app.people.queries.people import person_by_id, person_of_user
from app.people.sightings import Recognised, Said, Sighting

__all__ = ["Recognised", "Said", "Sighting", "person_for_user", "recognise"]


def recognise(sightings: Sequence[Sighting]) -> Recognised:
    """The person behind each sighting, made, joined and parted as need be, and locked until the commit."""
    seen = Seen(sightings)
    said: list[Said] = []
    users, made = _users(seen, said)
    claims = Claims(seen, users)
    claims.find()
    people = lock_people(claims.concerned())
    for row in people.values():
        if row.id in made:
            row.counted_at = None
    for name, profile in seen.users.items():
        row = people[users[name]]
        row.is_changed |= row.profile.join(profile)
        if row.own:
            # May be news although the whole person knew better already, by an id that is taken away one day.
            row.is_changed |= row.own.join(profile)
    claims.apply(people, said)
    _write(people, claims)
    said += [*_about_traits(seen, users, claims, people), *claims.refusals()]
    for signal, ids in claims.announcements:
        signal.send(None, **ids)
    person_ids, origin_ids = claims.answers()
    return Recognised(person_ids=person_ids, origin_ids=origin_ids, said=said)


def person_for_user(app_id: UUID, user_id: str) -> Person:
    """Whom an app knows by this user id; made when nobody is, for somebody may be given something before they come."""
    if not 1 <= len(user_id) <= LONGEST_ID:
        raise Invalid("user_id_length", f"A user id has 1 to {LONGEST_ID} characters.", field="user_id")
    try:
        return person_of_user(app_id, user_id)
    except Missing:
        found = recognise([Sighting(app_id=app_id, user_id=user_id, at=now())])
        return person_by_id(found.person_ids[0])


def _users(seen: Seen, said: list[Said]) -> tuple[dict[Name, UUID], set[UUID]]:
    """The person of each user id, and which of them were made for it."""
    hold_structure(alone=bool(seen.renamings))
    users = find_users(seen.users.keys())
    made: dict[Name, UUID] = {}
    awaited = []
    while missing := seen.users.keys() - users.keys():
        if found := awaited_among(missing):
            hold_structure(alone=True)
            awaited += found
        fresh = make_users({name: seen.users[name] for name in missing})
        made |= fresh
        # Those whom somebody else made at the same moment are there by now.
        users |= fresh | find_users(missing - fresh.keys())
    said += [Said(seen.place_of_user[name], "created", {"person": str(id)}) for name, id in made.items()]
    if seen.renamings or awaited:
        count_people([], [(name[0], seen.users[name].first, 1) for name in made])
        join_known(seen.renamings, awaited, said)
        return find_users(seen.users.keys()), set()
    return users, set(made.values())


def _write(people: dict[UUID, PersonRow], claims: Claims) -> None:
    count_people([*people.values(), *claims.fresh_origins.values()])
    make_origins(claims.origins_to_make)
    write_people([row for row in people.values() if row.is_changed])
    write_aliases(claims.changed_aliases)


def _about_traits(seen: Seen, users: dict[Name, UUID], claims: Claims, people: dict[UUID, PersonRow]) -> list[Said]:
    """Which traits of each identify call hold by now, which are outdone, and which were left out."""
    said = []
    for place, sighting in seen.with_traits:
        if sighting.user_id is not None:
            row = people[users[sighting.app_id, sighting.user_id]]
        else:
            row = claims.origin_of((sighting.app_id, sighting.anonymous_id or ""))
        held = (row.own or row.profile).traits
        words: dict[str, list[str]] = {"taken": [], "outdone": [], "left_out": []}
        for name, value in (sighting.traits or {}).items():
            if not is_kept(name, value) or name not in held:
                words["left_out"].append(name[:50])
            else:
                is_held = held[name] == (*said_by(sighting), value)
                words["taken" if is_held else "outdone"].append(name)
        said.append(Said(place, "traits", {kind: sorted(names)[:100] for kind, names in words.items() if names}))
    return said
