"""Giving, spending, passing on, taking back."""

from uuid import UUID

import pytest

from app.core.errors import Conflict, Invalid, Missing
from app.core.ids import new_id
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from app.ledger.entries import Balance
from app.ledger.operations import Cause, Owner, reverse, spend, transfer, verify
from app.ledger.queries import balance, entries_of, entry
from tests.factories.ledger import Till, a_cause


@pytest.fixture
def till(app: Guerdon) -> Till:
    return Till()


def balance_of(till: Till, *owners: Owner) -> Balance:
    with unit_of_work(till.workspace_id):
        return balance([owner.id for owner in owners], till.unit)


def test_what_is_given_can_be_spent_and_both_stand_on_the_statement(till: Till) -> None:
    ines = till.person()
    given = till.give(ines, 120, provenance="earned", kind="quest", details={"why": "Level 3"})
    assert (given.points_change, given.balance_after, given.provenance) == (120, 120, "earned")
    [spent] = till.take(ines, 50, details={"reason": "sword"})
    assert (spent.points_change, spent.balance_after, spent.kind) == (-50, 70, "points_spent")
    assert balance_of(till, ines) == Balance(70, 120, {"earned": 70})
    with unit_of_work(till.workspace_id):
        assert entries_of([ines.id], till.unit) == [spent, given]
        assert entry(spent.id) == spent
        assert verify() == []


def test_the_same_cause_again_changes_nothing(till: Till) -> None:
    ines, cause = till.person(), a_cause()
    first = till.give(ines, 10, cause=cause)
    assert till.give(ines, 10, cause=cause) == till.give(till.person(), 99, cause=cause) == first
    till.give(ines, 10, provenance="earned")
    spent = till.take(ines, 20, cause=(cause := a_cause()))
    assert len(spent) == 2
    assert till.take(ines, 20, cause=cause) == spent
    assert balance_of(till, ines).balance == 0


def test_nobody_spends_more_than_they_have(till: Till) -> None:
    ines = till.person()
    with pytest.raises(Conflict, match="not so many") as refused:
        till.take(ines, 1)
    assert refused.value.code == "insufficient_points"
    till.give(ines, 10)
    till.give(ines, 10, provenance="ad")
    with pytest.raises(Conflict):
        till.take(ines, 21)
    assert [entry.points_change for entry in till.take(ines, 20)] == [-10, -10]


@pytest.mark.parametrize("amount", [0, -1, 10**15 + 1, 2**80])
def test_an_amount_is_at_least_one_and_not_beyond_all_bounds(till: Till, amount: int) -> None:
    for move in (till.give, till.take):
        with pytest.raises(Invalid):
            move(till.person(), amount)


def test_a_reversal_undoes_what_it_reverses_once(till: Till) -> None:
    ines = till.person()
    given = till.give(ines, 30)
    [spent] = till.take(ines, 10)
    with unit_of_work(till.workspace_id):
        back = reverse(spent.id, details={"reason": "refund"})
    assert (back.points_change, back.kind, back.reverses, back.details) == (
        10,
        "reversal",
        spent.id,
        {"reason": "refund"},
    )
    assert balance_of(till, ines) == Balance(30, 30, {"bonus": 30})
    with unit_of_work(till.workspace_id):
        assert entry(spent.id).reversed_by == back.id
        for again, code in ((spent.id, "already_reversed"), (back.id, "not_reversible")):
            with pytest.raises(Conflict) as refused:
                reverse(again)
            assert refused.value.code == code
        reverse(given.id)
        assert balance([ines.id], till.unit) == Balance(0, 0, {})
        with pytest.raises(Conflict) as refused:
            reverse(given.id)
        assert refused.value.code == "already_reversed"
        assert verify() == []


def test_what_is_spent_cannot_be_taken_back_but_what_remains_can(till: Till) -> None:
    ines = till.person()
    given = till.give(ines, 30)
    till.take(ines, 12)
    with unit_of_work(till.workspace_id):
        with pytest.raises(Conflict) as refused:
            reverse(given.id)
        assert refused.value.code == "already_spent"
        assert reverse(given.id, partial=True).points_change == -18
        assert balance([ines.id], till.unit) == Balance(0, 12, {})
    with unit_of_work(till.workspace_id), pytest.raises(Missing):
        reverse(new_id())


def test_points_are_passed_on_unless_they_were_earned_by_ads(till: Till) -> None:
    ines, otto = till.person(), till.person()
    till.give(ines, 10)
    till.give(ines, 10, provenance="ad")
    with unit_of_work(till.workspace_id):
        passed = transfer(ines, otto, till.unit, 4, provenance="bonus", kind="gift", cause=a_cause())
        assert (passed.owner, passed.points_change) == (otto, 4)
    with pytest.raises(Exception, match="ads stay"), unit_of_work(till.workspace_id):
        transfer(ines, otto, till.unit, 4, provenance="ad", kind="gift", cause=a_cause())
    assert balance_of(till, ines) == Balance(16, 20, {"ad": 10, "bonus": 6})
    with unit_of_work(till.workspace_id):
        reverse(passed.id)
        assert balance([ines.id], till.unit).balance == 20
        assert verify() == []


def test_each_app_counts_by_itself(till: Till) -> None:
    ines = till.person()
    till.give(ines, 10)
    with unit_of_work(till.workspace_id):
        with pytest.raises(Conflict):
            spend(ines, f"points:{UUID(int=1)}", 1, kind="points_spent", cause=a_cause())
        assert balance([ines.id], f"points:{UUID(int=1)}") == Balance(0, 0, {})


def test_another_workspace_sees_nothing_of_it(till: Till) -> None:
    ines = till.person()
    given = till.give(ines, 10)
    other = Till()
    with unit_of_work(other.workspace_id):
        assert balance([ines.id], till.unit).balance == 0
        assert entries_of([ines.id], till.unit) == []
        with pytest.raises(Missing):
            reverse(given.id)
    assert other.give(ines, 10, cause=Cause(given.cause.kind, given.cause.id)).id != given.id
