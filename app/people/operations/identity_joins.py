"""A server says that a user id is the former one of a person: the two are joined, whichever is heard of first."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from app.core.ids import new_id
from app.people import signals
from app.people.operations import identity_sql as sql
from app.people.operations.identity_counting import count_people
from app.people.operations.identity_rows import Name, PersonRow, find_users, lock_people, of_names, run, write_people
from app.people.operations.profiles import Profile
from app.people.sightings import Said, Sighting

# An app, a former user id, and the user id that followed it.
Following = tuple[UUID, str, str]
_NEVER = datetime.min.replace(tzinfo=UTC)


def awaited_among(names: Collection[Name]) -> list[Following]:
    """What servers said of user ids that were not known until now."""
    return [(app_id, former, user_id) for app_id, former, user_id in of_names(sql.FIND_AWAITED, names)]


def join_known(renamings: Sequence[tuple[int, Sighting]], awaited: Iterable[Following], said: list[Said]) -> None:
    """Join the people of former and present user ids, and show each by the id that was given last."""
    places = {
        (one.app_id, one.former_id, one.user_id): place
        for place, one in renamings
        if one.former_id is not None and one.user_id is not None
    }
    followings: set[Following] = {*places, *awaited}
    names = {(app_id, name) for app_id, former, user_id in followings for name in (former, user_id)}
    users = find_users(names)
    _await({one for one in followings if (one[0], one[1]) not in users})
    of_names(sql.AWAIT_NO_MORE, {(app_id, former) for app_id, former, _ in followings if (app_id, former) in users})
    _name(renamings)
    leads_to = _union(followings, users, places, said)
    people = lock_people({*leads_to, *leads_to.values()})
    _join(leads_to, people)
    _label({leads_to.get(root, root) for root in users.values()})
    for absorbed, into in sorted(leads_to.items()):
        signals.person_joined.send(None, absorbed=absorbed, into=into)


def _await(followings: Collection[Following]) -> None:
    if followings:
        apps, former_ids, user_ids = (list(column) for column in zip(*sorted(followings), strict=True))
        values = {"apps": apps, "former_ids": former_ids, "user_ids": user_ids}
        run(sql.AWAIT, {"ids": [new_id() for _ in apps], **values})


def _name(renamings: Iterable[tuple[int, Sighting]]) -> None:
    named: dict[Name, datetime] = {}
    for _, one in renamings:
        if one.user_id is not None:
            name = one.app_id, one.user_id
            named[name] = max(named.get(name, one.at), one.at)
    if named:
        values = {"apps": [app_id for app_id, _ in named], "names": [name for _, name in named]}
        run(sql.NAME, {**values, "at": list(named.values())})


def _union(
    followings: Iterable[Following],
    users: dict[Name, UUID],
    places: dict[Following, int],
    said: list[Said],
) -> dict[UUID, UUID]:
    """For each person who becomes part of another, whom they lead to: the one with the smallest id."""
    parent = {root: root for root in users.values()}

    def root_of(one: UUID) -> UUID:
        while parent[one] != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    for following in sorted(followings):
        app_id, former, user_id = following
        if (app_id, former) not in users or (app_id, user_id) not in users:
            continue
        into, absorbed = sorted((root_of(users[app_id, former]), root_of(users[app_id, user_id])))
        if into == absorbed:
            continue
        parent[absorbed] = into
        if following in places:
            said.append(Said(places[following], "joined", {"absorbed": str(absorbed), "into": str(into)}))
    return {one: root_of(one) for one in parent if root_of(one) != one}


def _join(leads_to: dict[UUID, UUID], people: dict[UUID, PersonRow]) -> None:
    for absorbed, into in sorted(leads_to.items()):
        part, whole = people[absorbed], people[into]
        if part.own or whole.own:
            whole.own = whole.own or whole.profile.copy()
            whole.own.join(part.own or part.profile)
        whole.profile.join(part.profile)
        # What was known of the one is known of the other now, and nothing is kept twice.
        part.merged_into, part.profile, part.own = into, Profile(part.profile.first, part.profile.last), None
    count_people(people.values())
    write_people(list(people.values()))
    if leads_to:
        run(sql.LEAD_ELSEWHERE, {"ids": list(leads_to), "roots": list(leads_to.values())})


def _label(roots: Collection[UUID]) -> None:
    """Show each person by the id that an alias call gave them last."""
    labels: dict[UUID, list[tuple[datetime, str, UUID]]] = defaultdict(list)
    for root, id, label, named_at in run(sql.FIND_LABELS, {"ids": list(roots)}):
        labels[root].append((named_at or _NEVER, label, id))
    given: dict[UUID, tuple[str, datetime | None]] = {}
    for root, known_by in labels.items():
        best = max(known_by)
        if best[2] != root:
            given |= {
                id: (label, at if at != _NEVER else None)
                for (at, label, _), id in [(best, root), *((one, best[2]) for one in known_by if one[2] == root)]
            }
    if given:
        run(sql.TAKE_LABELS, {"ids": list(given)})
        labelled = {"labels": [label for label, _ in given.values()], "at": [at for _, at in given.values()]}
        run(sql.GIVE_LABELS, {"ids": list(given), **labelled})
