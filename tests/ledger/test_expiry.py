"""Points that expire: which are spent first, what comes back, what goes."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from app.core.clock import freeze
from app.core.db import session
from app.core.errors import Conflict
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from app.ledger import jobs
from app.ledger.entries import Balance
from app.ledger.operations import Owner, expire_due, move_all, reverse, transfer, verify
from app.ledger.queries import balance, entries_of
from tests.factories.ledger import Till, a_cause
from tests.support.jobs import run_jobs

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
SOON, LATER = NOON + timedelta(days=1), NOON + timedelta(days=30)


@pytest.fixture
def till(app: Guerdon) -> Till:
    return Till()


def lots_of(till: Till, *owners: Owner) -> list[tuple[datetime, int]]:
    statement = text(
        "SELECT l.expires_at, l.remaining FROM point_lot l JOIN account_book b ON b.id = l.book_id"
        " WHERE b.owner_id = ANY (:owners) AND l.remaining > 0 ORDER BY 1, 2"
    )
    with unit_of_work(till.workspace_id):
        return [(at, n) for at, n in session.execute(statement, {"owners": [owner.id for owner in owners]})]


def has(till: Till, *owners: Owner) -> int:
    with unit_of_work(till.workspace_id):
        assert verify() == []
        return balance([owner.id for owner in owners], till.unit).balance


def test_what_expires_soonest_is_spent_first_one_entry_a_book(till: Till) -> None:
    ines = till.person()
    till.give(ines, 10, provenance="earned")
    till.give(ines, 10, provenance="bonus", expires_at=LATER)
    till.give(ines, 10, provenance="ad", expires_at=SOON)
    with freeze(NOON):
        assert [(e.provenance, e.points_change) for e in till.take(ines, 12)] == [("ad", -10), ("bonus", -2)]
        assert lots_of(till, ines) == [(LATER, 8)]
        assert [(e.provenance, e.points_change) for e in till.take(ines, 12)] == [("bonus", -8), ("earned", -4)]
    assert (lots_of(till, ines), has(till, ines)) == ([], 6)


def test_what_is_due_can_neither_be_spent_nor_seen_and_goes(till: Till) -> None:
    ines, otto = till.person(), till.person()
    till.give(ines, 10)
    till.give(ines, 20, expires_at=SOON)
    till.give(otto, 5, provenance="ad", expires_at=SOON)
    with freeze(SOON):
        assert has(till, ines) == 10
        with pytest.raises(Conflict):
            till.take(ines, 11)
        with unit_of_work(till.workspace_id):
            assert expire_due() == 2
            assert expire_due() == 0
            assert balance([ines.id], till.unit) == Balance(10, 30, {"bonus": 10})
            expired = entries_of([ines.id], till.unit)[0]
            assert (expired.kind, expired.points_change, expired.balance_after) == ("expiry", -20, 10)
            with pytest.raises(Conflict) as refused:
                reverse(expired.id)
            assert refused.value.code == "not_reversible"
        assert (has(till, otto), lots_of(till, ines, otto)) == (0, [])


def test_a_reversed_spend_gives_back_what_it_took_with_its_time(till: Till) -> None:
    ines = till.person()
    till.give(ines, 10, expires_at=SOON)
    till.give(ines, 10, expires_at=LATER)
    with freeze(NOON):
        [spent] = till.take(ines, 15)
        with unit_of_work(till.workspace_id):
            reverse(spent.id)
        assert lots_of(till, ines) == [(SOON, 10), (LATER, 10)]
    [spent] = till.take(ines, 15)
    with freeze(SOON), unit_of_work(till.workspace_id):
        reverse(spent.id)
        assert balance([ines.id], till.unit).balance == 10
        assert expire_due() == 1
    assert lots_of(till, ines) == [(LATER, 10)]


def test_a_reversed_credit_takes_its_own_lot_first(till: Till) -> None:
    ines = till.person()
    till.give(ines, 10, expires_at=SOON)
    later = till.give(ines, 10, expires_at=LATER)
    lasting = till.give(ines, 10)
    with unit_of_work(till.workspace_id):
        reverse(later.id)
    assert lots_of(till, ines) == [(SOON, 10)]
    with freeze(NOON):
        till.take(ines, 5)
        with unit_of_work(till.workspace_id):
            reverse(lasting.id)
        assert lots_of(till, ines) == [(SOON, 5)]
        again = till.give(ines, 10)
        till.take(ines, 12)
        with unit_of_work(till.workspace_id):
            assert reverse(again.id, partial=True).points_change == -3
    assert has(till, ines) == 0


def test_a_credit_whose_own_points_are_spent_is_taken_from_others(till: Till) -> None:
    """The balance suffices, so it is not spent; what never expires goes first, then what expires soonest."""
    ines = till.person()
    first = till.give(ines, 10, expires_at=SOON)
    with freeze(NOON):
        till.take(ines, 10)
    till.give(ines, 10, expires_at=LATER)
    till.give(ines, 3)
    with unit_of_work(till.workspace_id):
        reverse(first.id)
    assert (lots_of(till, ines), has(till, ines)) == ([(LATER, 3)], 3)


def test_what_is_passed_on_goes_on_expiring(till: Till) -> None:
    ines, otto = till.person(), till.person()
    till.give(ines, 10, expires_at=SOON)
    till.give(ines, 10)
    with freeze(NOON):
        with unit_of_work(till.workspace_id):
            gift = transfer(ines, otto, till.unit, 12, provenance="bonus", kind="gift", cause=a_cause())
        assert (lots_of(till, ines), lots_of(till, otto)) == ([], [(SOON, 10)])
        till.take(otto, 4)
        with unit_of_work(till.workspace_id):
            assert reverse(gift.id, partial=True).points_change == -8
        assert (lots_of(till, ines), has(till, ines), has(till, otto)) == ([(SOON, 6)], 16, 0)


def test_the_lots_of_an_absorbed_person_move_along(till: Till) -> None:
    ines, anonymous = till.person(), till.person()
    till.give(ines, 10, expires_at=LATER)
    till.give(anonymous, 10, expires_at=LATER)
    till.give(anonymous, 10, expires_at=SOON)
    with unit_of_work(till.workspace_id):
        till.join(anonymous, ines)
        move_all(anonymous, ines, cause=a_cause())
    assert (lots_of(till, anonymous), lots_of(till, ines)) == ([], [(SOON, 10), (LATER, 20)])
    assert has(till, ines) == 30


def test_every_workspace_is_asked_every_five_minutes(app: Guerdon, till: Till) -> None:
    other = Till()
    people = [(one, one.person()) for one in (till, other) for _ in range(3)]
    for one, person in people:
        one.give(person, 10, expires_at=SOON)
    with freeze(SOON):
        jobs.expire_points()
        run_jobs(app)
        assert [has(one, person) for one, person in people] == [0] * 6
        assert [lots_of(one, person) for one, person in people] == [[]] * 6
