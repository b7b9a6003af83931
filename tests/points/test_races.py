"""Points that are moved at the same moment, over real connections."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from uuid import UUID

import pytest

from app.core.clock import now
from app.core.errors import DomainError
from app.core.ids import new_id
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from app.ledger.entries import Cause
from app.ledger.operations import verify
from app.metrics.queries import last_days, total
from app.people.operations.identity import person_for_user, recognise
from app.people.queries.people import person_by_id
from app.people.sightings import Sighting
from app.points.operations import give_back, grant_bonus, spend_points
from app.points.queries import balance_of, statement_of
from tests.factories.points import with_points
from tests.factories.workspaces import a_workspace, an_app

pytestmark = pytest.mark.thorough

THREADS = 8
PATIENCE = 20


def at_once(app: Guerdon, workspace_id: UUID, act: Callable[[int], object]) -> list[object]:
    """The same in several transactions that begin together; what was refused is answered as its code."""
    start = Barrier(THREADS)

    def run(number: int) -> object:
        with app.app_context():
            start.wait(PATIENCE)
            try:
                with unit_of_work(workspace_id):
                    return act(number)
            except DomainError as refused:
                return refused.code

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


@pytest.fixture
def place(committing_app: Guerdon) -> tuple[Guerdon, UUID, UUID]:
    with committing_app.app_context():
        workspace_id = a_workspace("tidepool")
        return committing_app, workspace_id, an_app(workspace_id)


def held(workspace_id: UUID, person_id: UUID) -> int:
    with unit_of_work(workspace_id):
        assert verify() == []
        return balance_of(person_by_id(person_id)).balance


def test_one_form_that_is_sent_at_once_moves_points_once(place: tuple[Guerdon, UUID, UUID]) -> None:
    app, workspace_id, app_id = place
    with app.app_context():
        ada = with_points(workspace_id, app_id, "ada", 500)
        for move, cause in ((grant_bonus, Cause("by_hand", "grant")), (spend_points, Cause("by_hand", "take"))):
            at_once(app, workspace_id, lambda _: move(person_by_id(ada), 50, "Thank you", cause=cause))  # noqa: B023
        assert held(workspace_id, ada) == 500
        with unit_of_work(workspace_id):
            assert total("points_credited", last_days(1)).n == 2
            assert total("points_spent", last_days(1)).value == 50


def test_many_who_spend_at_once_spend_no_more_than_there_is(place: tuple[Guerdon, UUID, UUID]) -> None:
    app, workspace_id, app_id = place
    with app.app_context():
        ada = with_points(workspace_id, app_id, "ada", 100)
        answers = at_once(
            app,
            workspace_id,
            lambda _: bool(spend_points(person_by_id(ada), 30, "sword", cause=Cause("t", str(new_id())))),
        )
        assert sorted(map(str, answers)) == ["True"] * 3 + ["insufficient_points"] * (THREADS - 3)
        assert held(workspace_id, ada) == 10


def test_a_transaction_is_undone_once(place: tuple[Guerdon, UUID, UUID]) -> None:
    app, workspace_id, app_id = place
    with app.app_context():
        ada = with_points(workspace_id, app_id, "ada", 100)
        with unit_of_work(workspace_id):
            (entry,) = statement_of(person_by_id(ada), most=5)
        answers = at_once(app, workspace_id, lambda _: bool(give_back(entry.id)))
        assert sorted(map(str, answers)) == ["True"] + ["already_reversed"] * (THREADS - 1)
        assert held(workspace_id, ada) == 0


def test_many_who_give_to_somebody_never_seen_make_one_person(place: tuple[Guerdon, UUID, UUID]) -> None:
    app, workspace_id, app_id = place
    with app.app_context():
        at_once(
            app,
            workspace_id,
            lambda number: bool(
                grant_bonus(person_for_user(app_id, "new"), 10, "welcome", cause=Cause("t", f"{number}"))
            ),
        )
        with unit_of_work(workspace_id):
            person_id = person_for_user(app_id, "new").id
        assert held(workspace_id, person_id) == 10 * THREADS


def test_what_is_given_while_somebody_is_joined_reaches_who_they_are(place: tuple[Guerdon, UUID, UUID]) -> None:
    app, workspace_id, app_id = place
    looked, joined = Event(), Event()

    def give() -> None:
        with app.app_context(), unit_of_work(workspace_id):
            person = person_by_id(anonymous)
            looked.set()
            assert joined.wait(PATIENCE)
            # Who it is was looked up before; who it is now is looked up under the lock.
            grant_bonus(person, 30, "welcome", cause=Cause("t", "late"))

    def see(**names: object) -> UUID:
        with unit_of_work(workspace_id):
            return recognise([Sighting(app_id=app_id, at=now(), **names)]).person_ids[0]

    with app.app_context(), ThreadPoolExecutor(1) as pool:
        anonymous = see(anonymous_id="a1")
        giving = pool.submit(give)
        assert looked.wait(PATIENCE)
        ada = see(user_id="ada", anonymous_id="a1")
        joined.set()
        giving.result(PATIENCE)
        with unit_of_work(workspace_id):
            spend_points(person_by_id(ada), 30, "all of it", cause=Cause("t", "spend"))
        assert held(workspace_id, ada) == 0
