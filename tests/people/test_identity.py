"""Who somebody is, rule by rule."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.core.db import session
from app.core.errors import Invalid, Missing
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from app.metrics.models import Fact
from app.people import signals
from app.people.models import AwaitedPerson, Person
from app.people.operations.identity import Recognised, Sighting, person_for_user, recognise
from app.people.queries.people import names_of, person_by_id, person_of_user
from tests.factories.workspaces import a_workspace, an_app

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
Told = list[tuple[str, dict[str, UUID]]]


class Place:
    def __init__(self) -> None:
        self.workspace_id = a_workspace()
        self.app_id = an_app(self.workspace_id)

    def see(self, *seen: dict[str, Any]) -> Recognised:
        """Sightings of one batch, an hour apart unless they say otherwise."""
        with unit_of_work(self.workspace_id):
            return recognise([self.sighting(hour, **fields) for hour, fields in enumerate(seen)])

    def sighting(self, hour: int = 0, **fields: Any) -> Sighting:
        usual = {"app_id": self.app_id, "at": AT + timedelta(hours=hour), "is_explicit": True}
        return Sighting(**usual | fields)

    def people(self) -> int:
        with unit_of_work(self.workspace_id):
            return session.scalar(select(func.count()).where(Person.merged_into.is_(None))) or 0

    def counted(self) -> int:
        with unit_of_work(self.workspace_id):
            return int(session.scalar(select(func.sum(Fact.n)).where(Fact.metric == "people")) or 0)

    def traits(self, user_id: str) -> dict[str, Any]:
        with unit_of_work(self.workspace_id):
            return dict(person_of_user(self.app_id, user_id).traits)

    def root(self, user_id: str) -> UUID:
        with unit_of_work(self.workspace_id):
            return person_of_user(self.app_id, user_id).id

    def anonymous_ids(self, user_id: str) -> tuple[str, ...]:
        with unit_of_work(self.workspace_id):
            return names_of(person_of_user(self.app_id, user_id).id).anonymous_ids


@pytest.fixture
def place(app: Guerdon) -> Place:
    return Place()


@pytest.fixture
def told() -> Iterator[Told]:
    """What was announced of people."""
    heard: Told = []

    def joined(_: None, **ids: UUID) -> None:
        heard.append(("joined", ids))

    def parted(_: None, **ids: UUID) -> None:
        heard.append(("parted", ids))

    with signals.person_joined.connected_to(joined), signals.person_parted.connected_to(parted):
        yield heard


def kinds(found: Recognised) -> list[tuple[int, str]]:
    return [(said.place, said.kind) for said in found.said]


def test_a_user_id_is_a_person(place: Place) -> None:
    found = place.see({"user_id": "u1"}, {"user_id": "u2"}, {"user_id": "u1"})
    first, second, again = found.person_ids
    assert first == again != second
    assert kinds(found) == [(0, "created"), (1, "created")]
    assert (place.people(), place.counted()) == (2, 2)


def test_apps_do_not_share_users(place: Place) -> None:
    other = an_app(place.workspace_id)
    found = place.see({"user_id": "u1"}, {"user_id": "u1", "app_id": other})
    assert len(set(found.person_ids)) == 2


def test_an_anonymous_id_becomes_part_of_the_user_it_is_seen_with(place: Place, told: Told) -> None:
    [anonymous] = place.see({"anonymous_id": "a1", "country": "PT"}).person_ids
    found = place.see({"user_id": "u1", "anonymous_id": "a1"}, {"anonymous_id": "a1"})
    user, later = found.person_ids
    assert user == later == place.root("u1")
    assert found.origin_ids == [user, anonymous]
    assert told == [("joined", {"absorbed": anonymous, "into": user})]
    assert (place.people(), place.counted(), place.anonymous_ids("u1")) == (1, 1, ("a1",))
    with unit_of_work(place.workspace_id):
        assert person_by_id(anonymous).id == user
        assert person_by_id(user).country == "PT"


def test_the_earlier_claim_holds_though_it_arrives_later(place: Place, told: Told) -> None:
    [anonymous] = place.see({"anonymous_id": "a1", "traits": {"plan": '"pro"'}}).person_ids
    place.see({"user_id": "late", "anonymous_id": "a1", "at": AT + timedelta(days=2)})
    late = place.root("late")
    assert place.traits("late") == {"plan": "pro"}
    told.clear()
    found = place.see({"user_id": "early", "anonymous_id": "a1", "at": AT + timedelta(days=1)})
    early = place.root("early")
    assert told == [("parted", {"person": anonymous, "left": late, "joins": early})]
    assert (place.traits("late"), place.traits("early")) == ({}, {"plan": "pro"})
    assert (place.anonymous_ids("late"), place.anonymous_ids("early")) == ((), ("a1",))
    assert (0, "parted") in kinds(found)
    with unit_of_work(place.workspace_id):
        assert person_by_id(late).first_seen_at == AT + timedelta(days=2)
        assert person_by_id(early).first_seen_at == AT


def test_who_comes_later_to_a_device_is_told_why_it_is_not_theirs(place: Place) -> None:
    place.see({"user_id": "u1", "anonymous_id": "a1"})
    found = place.see({"user_id": "u2", "anonymous_id": "a1", "at": AT + timedelta(days=1)})
    assert [said.details for said in found.said if said.kind == "refused"] == [{"reason": "belongs_to_another"}]
    assert found.person_ids == [place.root("u2")]


def test_a_server_joins_two_known_people(place: Place, told: Told) -> None:
    # Of two rows the older one stays.
    first, second = sorted(place.see({"user_id": "old"}, {"user_id": "new"}).person_ids)
    found = place.see({"user_id": "new", "former_id": "old"})
    assert found.person_ids == [first]
    assert told == [("joined", {"absorbed": second, "into": first})]
    assert place.root("old") == place.root("new") == first
    with unit_of_work(place.workspace_id):
        person = person_by_id(second)
        assert (person.id, person.external_id) == (first, "new")
        assert names_of(first).user_ids == ("new", "old")
    assert (place.people(), place.counted()) == (1, 1)


def test_the_former_user_may_be_seen_later(place: Place) -> None:
    place.see({"user_id": "new", "former_id": "old"})
    assert place.people() == 1
    place.see({"user_id": "old", "at": AT - timedelta(days=1)})
    assert place.root("old") == place.root("new")
    with unit_of_work(place.workspace_id):
        assert person_of_user(place.app_id, "old").external_id == "new"
        assert session.scalars(select(AwaitedPerson)).all() == []
    assert (place.people(), place.counted()) == (1, 1)


def test_a_person_is_shown_by_the_id_that_was_given_last(place: Place) -> None:
    place.see({"user_id": "a"}, {"user_id": "b"}, {"user_id": "c"})
    place.see({"user_id": "c", "former_id": "b", "at": AT + timedelta(days=2)})
    place.see({"user_id": "b", "former_id": "a", "at": AT + timedelta(days=1)})
    with unit_of_work(place.workspace_id):
        assert {person_of_user(place.app_id, one).external_id for one in "abc"} == {"c"}
    place.see({"user_id": "a", "former_id": "c", "at": AT + timedelta(days=3)})
    with unit_of_work(place.workspace_id):
        assert {person_of_user(place.app_id, one).external_id for one in "abc"} == {"a"}


def test_a_browser_never_joins_two_known_people(place: Place) -> None:
    place.see({"user_id": "old"}, {"user_id": "new"})
    found = place.see({"user_id": "new", "former_id": "old", "is_from_browser": True})
    assert [said.details for said in found.said] == [{"reason": "browser_joins_known_people"}]
    assert (place.people(), place.anonymous_ids("new")) == (2, ())


def test_a_browser_gives_its_own_anonymous_id(place: Place) -> None:
    place.see({"anonymous_id": "a1", "is_from_browser": True})
    place.see({"user_id": "u1", "former_id": "a1", "is_from_browser": True})
    assert (place.people(), place.anonymous_ids("u1")) == (1, ("a1",))


def test_a_browser_does_not_overwrite_what_a_server_said(place: Place) -> None:
    place.see({"user_id": "u1", "traits": {"plan": '"pro"', "age": "7"}})
    later = {"user_id": "u1", "at": AT + timedelta(days=1), "is_from_browser": True}
    found = place.see(later | {"traits": {"plan": '"free"', "age": "null", "name": '"Ines"'}})
    assert place.traits("u1") == {"plan": "pro", "age": 7, "name": "Ines"}
    assert [said.details for said in found.said] == [{"taken": ["name"], "outdone": ["age", "plan"]}]


def test_a_trait_is_removed_by_null(place: Place) -> None:
    place.see({"user_id": "u1", "traits": {"plan": '"pro"'}}, {"user_id": "u1", "traits": {"plan": "null"}})
    assert place.traits("u1") == {}
    place.see({"user_id": "u1", "traits": {"plan": '"late"'}, "at": AT})
    assert place.traits("u1") == {}


def test_traits_have_bounds(place: Place) -> None:
    many = {f"t{number:03}": "1" for number in range(120)}
    found = place.see({"user_id": "u1", "traits": many | {"long": f'"{"x" * 1000}"', "n" * 201: "1"}})
    assert sorted(place.traits("u1")) == sorted(many)[:100]
    [said] = [said for said in found.said if said.kind == "traits"]
    assert set(said.details["left_out"]) == {*sorted(many)[100:], "long", "n" * 50}


def test_names_and_addresses_are_found_by_their_keys(place: Place) -> None:
    place.see({"user_id": "u1", "traits": {"firstName": '"Inês"', "lastName": '"Sá"', "email": '"Ines@Example.org"'}})
    with unit_of_work(place.workspace_id):
        person = person_of_user(place.app_id, "u1")
        assert (person.name_key, person.email_key) == ("inês sá", "ines@example.org")


def test_somebody_may_be_given_something_before_they_come(place: Place) -> None:
    with unit_of_work(place.workspace_id):
        with pytest.raises(Missing) as refused:
            person_of_user(place.app_id, "u1")
        made = person_for_user(place.app_id, "u1").id
        assert person_for_user(place.app_id, "u1").id == made
        with pytest.raises(Invalid):
            person_for_user(place.app_id, "")
        with pytest.raises(Invalid):
            person_for_user(place.app_id, "u" * 256)
    assert refused.value.code == "person_unknown"
    assert place.see({"user_id": "u1"}).person_ids == [made]
    assert place.counted() == 1


def test_another_workspace_knows_nobody_of_ours(place: Place) -> None:
    [person_id] = place.see({"user_id": "u1"}).person_ids
    with unit_of_work(a_workspace()):
        with pytest.raises(Missing):
            person_by_id(person_id)
        with pytest.raises(Missing):
            person_of_user(place.app_id, "u1")


def test_nobody_is_seen_without_an_id(place: Place) -> None:
    with pytest.raises(ValueError, match="at least one id"):
        place.see({"user_id": None})


@pytest.mark.thorough
def test_the_same_people_are_made_joined_and_parted_at_once(committing_app: Guerdon) -> None:
    with committing_app.app_context():
        place = Place()
        pieces = [
            [
                place.sighting(hour, user_id=f"u{(number + hour) % 7}", anonymous_id=f"a{number % 5}"),
                place.sighting(hour, anonymous_id=f"a{(number + 1) % 5}", traits={"seen": str(number)}),
                place.sighting(hour, user_id=f"u{number % 7}"),
            ]
            for number in range(24)
            for hour in range(3)
        ]
        pieces += [[place.sighting(user_id=f"u{number + 1}", former_id=f"u{number}")] for number in (0, 2, 4)]

        def work(piece: list[Sighting]) -> None:
            with committing_app.app_context(), unit_of_work(place.workspace_id):
                recognise(piece)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(work, pieces * 2))
        assert place.counted() == place.people()
        apart = Place()
        whole = [one for piece in pieces for one in piece]
        with unit_of_work(apart.workspace_id):
            recognise([_of_app(one, apart.app_id) for one in whole])
        assert _shown(place) == _shown(apart)


def _of_app(sighting: Sighting, app_id: UUID) -> Sighting:
    return Sighting(**{field: getattr(sighting, field) for field in sighting.__struct_fields__} | {"app_id": app_id})


def _shown(place: Place) -> list[Any]:
    with unit_of_work(place.workspace_id):
        roots = session.scalars(select(Person).where(Person.merged_into.is_(None))).all()
        seen = [(names_of(one.id), one) for one in roots]
        return sorted(
            (
                names.user_ids,
                names.anonymous_ids,
                one.external_id or "",
                one.first_seen_at,
                one.last_seen_at,
                one.traits,
            )
            for names, one in seen
        )
