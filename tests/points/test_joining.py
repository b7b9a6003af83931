"""Points of people who turn out to be one, or two, or are erased, in whatever order it is learned."""

from datetime import timedelta
from uuid import UUID

import pytest

from app.core.clock import now
from app.core.ids import new_id
from app.core.tenancy import unit_of_work
from app.ledger.entries import Cause
from app.people.operations.erasure import erase_person
from app.people.operations.identity import recognise
from app.people.queries.people import person_by_id
from app.people.sightings import Sighting
from app.points.operations import grant_bonus, spend_points
from app.points.queries import balance_of
from tests.api.conftest import Caller
from tests.factories.points import having_spent, with_points
from tests.factories.workspaces import Team
from tests.points.test_pages import rows
from tests.support.pages import PageClient


def seen(team: Team, app_id: UUID, minutes: int = 0, **names: object) -> UUID:
    """Whoever is seen under these names, so many minutes from now."""
    with unit_of_work(team.workspace_id):
        sighting = Sighting(app_id=app_id, at=now() + timedelta(minutes=minutes), **names)
        return recognise([sighting]).person_ids[0]


def granted(team: Team, person_id: UUID, amount: int) -> None:
    with unit_of_work(team.workspace_id):
        grant_bonus(person_by_id(person_id), amount, "welcome", cause=Cause("test", str(new_id())))


def balance(team: Team, person_id: UUID) -> tuple[int, int]:
    with unit_of_work(team.workspace_id):
        held = balance_of(person_by_id(person_id))
        return held.balance, held.lifetime_earned


def test_whoever_becomes_known_brings_their_points_along(caller: Caller, team: Team, app_id: UUID) -> None:
    anonymous = seen(team, app_id, anonymous_id="a1")
    granted(team, anonymous, 30)
    with_points(team.workspace_id, app_id, "ada", 100)
    ada = seen(team, app_id, user_id="ada", anonymous_id="a1")
    assert ada != anonymous
    assert balance(team, ada) == balance(team, anonymous) == (130, 130)
    assert caller.get("/v1/people/ada/points").json == {
        "balance": 130,
        "lifetime_earned": 130,
        "by_provenance": {"bonus": 130},
    }
    # All of it can be spent, and the statement tells of no joining, only of what was earned.
    assert caller.post("/v1/people/ada/points/spends", {"amount": 130, "reason": "castle"}).status_code == 201
    changes = [one["points_change"] for one in caller.get("/v1/people/ada/transactions").json["data"]]
    assert (sum(changes), sorted(changes)[0]) == (0, -130)


def test_whoever_belonged_to_another_takes_their_points_along(team: Team, app_id: UUID) -> None:
    anonymous = seen(team, app_id, anonymous_id="a1")
    granted(team, anonymous, 30)
    ben = seen(team, app_id, 10, user_id="ben", anonymous_id="a1")
    assert balance(team, ben) == (30, 30)
    # Learned later, and earlier in truth: the browser was ada's.
    ada = seen(team, app_id, 5, user_id="ada", anonymous_id="a1")
    assert balance(team, ada) == (30, 30)
    assert balance(team, ben) == (0, 0)


def test_what_was_spent_meanwhile_stays_spent(team: Team, app_id: UUID) -> None:
    anonymous = seen(team, app_id, anonymous_id="a1")
    granted(team, anonymous, 30)
    ben = seen(team, app_id, 10, user_id="ben", anonymous_id="a1")
    with unit_of_work(team.workspace_id):
        spend_points(person_by_id(ben), 20, "sword", cause=Cause("test", str(new_id())))
    ada = seen(team, app_id, 5, user_id="ada", anonymous_id="a1")
    assert (balance(team, ada)[0], balance(team, ben)[0]) == (10, 0)


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (2, 1, 0), (1, 2, 0)])
def test_the_order_in_which_it_is_learned_does_not_matter(team: Team, app_id: UUID, order: tuple[int, ...]) -> None:
    anonymous = seen(team, app_id, anonymous_id="a1")

    def earned() -> None:
        granted(team, anonymous, 30)

    def is_ben() -> None:
        seen(team, app_id, 10, user_id="ben", anonymous_id="a1")

    def is_ada() -> None:
        seen(team, app_id, 5, user_id="ada", anonymous_id="a1")

    for place in order:
        (earned, is_ben, is_ada)[place]()
    assert balance(team, seen(team, app_id, user_id="ada"))[0] == 30
    assert balance(team, seen(team, app_id, user_id="ben"))[0] == 0


def test_a_transaction_of_whoever_was_joined_is_told_of_who_they_are(
    caller: Caller, member: PageClient, team: Team, app_id: UUID
) -> None:
    anonymous = seen(team, app_id, anonymous_id="a1")
    granted(team, anonymous, 30)
    seen(team, app_id, user_id="ada", anonymous_id="a1")
    (bonus,) = caller.get("/v1/people/ada/transactions").json["data"]
    assert caller.get(f"/v1/transactions/{bonus['id']}").json["user_id"] == "ada"
    back = caller.post(f"/v1/transactions/{bonus['id']}/reversals", {})
    assert (back.status_code, back.json["user_id"]) == (201, "ada")
    assert caller.get("/v1/people/ada/points").json["balance"] == 0
    page = member.page("/w/tidepool/points/transactions?kind=merge")
    assert rows(page, "Transactions")


def test_of_an_erased_person_the_books_stay_and_the_name_does_not(
    caller: Caller, member: PageClient, team: Team, app_id: UUID
) -> None:
    ada = with_points(team.workspace_id, app_id, "ada@example.org", 100)
    having_spent(team.workspace_id, app_id, "ada@example.org", 40)
    with unit_of_work(team.workspace_id):
        erase_person(ada)
    for path in ("", "/balances", "/transactions"):
        page = member.page(f"/w/tidepool/points{path}")
        assert "Erased person" in page.text
        assert "ada@example.org" not in page.text
    assert caller.get("/v1/people/ada@example.org/points").status_code == 404
    person = member.page(f"/w/tidepool/people/{ada}")
    assert "Grant points" not in person.text
    refused = member.page(f"/w/tidepool/points/bonuses/new?person={ada}")
    answer = member.submit(
        f"/w/tidepool/points/bonuses/new?person={ada}",
        {**refused.form(f"/w/tidepool/points/bonuses/new?person={ada}"), "amount": "5", "reason": "x"},
    )
    assert answer.status_code == 422
    assert balance(team, ada) == (60, 100)
    # The same id is somebody new.
    assert (
        caller.post("/v1/people/ada@example.org/points/bonuses", {"amount": 1, "reason": "x"}).json[
            "balance_after_transaction"
        ]
        == 1
    )
