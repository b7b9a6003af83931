"""Balances of people who turn out to be one, or two."""

from datetime import timedelta

import pytest

from app.core.clock import now
from app.core.errors import Conflict
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from app.ledger.entries import Balance
from app.ledger.operations import Cause, Owner, move_all, move_back, reverse, verify
from app.ledger.queries import balance, entries_of
from tests.factories.ledger import Till, a_cause


@pytest.fixture
def till(app: Guerdon) -> Till:
    return Till()


def join(till: Till, absorbed: Owner, into: Owner) -> int:
    with unit_of_work(till.workspace_id):
        till.join(absorbed, into)
        return sum(entry.points_change for entry in move_all(absorbed, into, cause=Cause("joined", str(absorbed.id))))


def part(till: Till, person: Owner, left: Owner, joins: Owner) -> None:
    with unit_of_work(till.workspace_id):
        till.join(person, joins)
        move_back(person, left, joins)


def has(till: Till, *owners: Owner) -> Balance:
    with unit_of_work(till.workspace_id):
        assert verify() == []
        return balance([owner.id for owner in owners], till.unit)


def test_whoever_is_absorbed_brings_everything_and_it_was_earned_once(till: Till) -> None:
    ines, anonymous = till.person(), till.person()
    till.give(ines, 10)
    till.give(anonymous, 20)
    till.give(anonymous, 5, provenance="ad")
    till.take(anonymous, 1)
    assert join(till, anonymous, ines) == 24
    assert join(till, anonymous, ines) == 0
    assert has(till, ines, anonymous) == Balance(34, 35, {"ad": 4, "bonus": 30})
    assert has(till, ines) == Balance(34, 10, {"ad": 4, "bonus": 30})
    assert has(till, anonymous) == Balance(0, 25, {})
    assert till.take(ines, 34)


def test_the_statement_of_a_joined_person_is_one(till: Till) -> None:
    ines, anonymous = till.person(), till.person()
    for amount in (1, 2, 3):
        till.give(ines, amount)
        till.give(anonymous, amount * 10)
    join(till, anonymous, ines)
    till.take(ines, 6)
    with unit_of_work(till.workspace_id):
        ids = [ines.id, anonymous.id]
        entries = entries_of(ids, till.unit)
        assert [entry.points_change for entry in entries] == [-6, 30, 3, 20, 2, 10, 1]
        assert [entry.balance_after for entry in entries] == [60, 66, 36, 33, 13, 11, 1]
        assert "merge" in {entry.kind for entry in entries_of([ines.id], till.unit)}
        pages = [entries_of(ids, till.unit, limit=3)]
        while len(pages[-1]) == 3:
            pages.append(entries_of(ids, till.unit, limit=3, before=pages[-1][-1].id))
        assert [entry for page in pages for entry in page] == entries
        assert entries_of(ids, till.unit, limit=2, after=entries[4].id) == entries[2:4]
        assert entries_of(ids, till.unit, limit=20, after=entries[4].id) == entries[:4]


def test_what_was_given_before_a_join_can_be_taken_back_after_it(till: Till) -> None:
    ines, anonymous = till.person(), till.person()
    given = till.give(anonymous, 10, expires_at=now() + timedelta(days=1))
    [spent] = till.take(anonymous, 4)
    till.give(ines, 3)
    join(till, anonymous, ines)
    with unit_of_work(till.workspace_id), pytest.raises(Conflict) as refused:
        reverse(given.id)
    assert refused.value.code == "already_spent"
    with unit_of_work(till.workspace_id):
        assert reverse(spent.id).points_change == 4
    assert has(till, ines) == Balance(13, 3, {"bonus": 13})
    with unit_of_work(till.workspace_id):
        assert reverse(given.id).owner == anonymous
    assert has(till, ines, anonymous) == Balance(3, 3, {"bonus": 3})
    assert has(till, anonymous) == Balance(0, 0, {})
    with unit_of_work(till.workspace_id), pytest.raises(Conflict) as refused:
        reverse(given.id)
    assert refused.value.code == "already_reversed"


def test_whoever_belongs_to_somebody_else_takes_along_what_they_brought(till: Till) -> None:
    v, u, anonymous = till.person(), till.person(), till.person()
    till.give(v, 10)
    given = till.give(anonymous, 20)
    till.give(anonymous, 7, expires_at=now() + timedelta(days=1))
    join(till, anonymous, v)
    part(till, anonymous, v, u)
    assert (has(till, v).balance, has(till, u).balance, has(till, anonymous).balance) == (10, 27, 0)
    with unit_of_work(till.workspace_id):
        reverse(given.id)
    assert (has(till, v).balance, has(till, u, anonymous)) == (10, Balance(7, 7, {"bonus": 7}))


def test_what_was_spent_meanwhile_stays_spent(till: Till) -> None:
    v, u, anonymous = till.person(), till.person(), till.person()
    till.give(v, 10)
    given = till.give(anonymous, 20)
    join(till, anonymous, v)
    till.take(v, 25)
    part(till, anonymous, v, u)
    assert (has(till, v).balance, has(till, u).balance) == (0, 5)
    with unit_of_work(till.workspace_id):
        assert reverse(given.id, partial=True).points_change == -5
    assert has(till, u, anonymous, v).balance == 0


def test_what_was_taken_back_does_not_part_again(till: Till) -> None:
    v, u, anonymous = till.person(), till.person(), till.person()
    till.give(v, 10)
    given = till.give(anonymous, 20)
    till.give(anonymous, 5)
    join(till, anonymous, v)
    with unit_of_work(till.workspace_id):
        reverse(given.id)
    part(till, anonymous, v, u)
    assert (has(till, v).balance, has(till, u).balance) == (10, 5)


def test_a_part_follows_through_a_chain_of_joins(till: Till) -> None:
    v, w, u, anonymous = till.person(), till.person(), till.person(), till.person()
    till.give(w, 100)
    till.give(v, 10)
    given = till.give(anonymous, 20)
    join(till, anonymous, v)
    join(till, v, w)
    [spent] = till.take(w, 30)
    with unit_of_work(till.workspace_id):
        assert reverse(spent.id).balance_after == 130
    part(till, anonymous, v, u)
    assert (has(till, w).balance, has(till, v).balance, has(till, u).balance) == (110, 0, 20)
    with unit_of_work(till.workspace_id):
        reverse(given.id)
    assert (has(till, u, anonymous).balance, has(till, w).balance) == (0, 110)


def test_people_who_are_not_joined_share_nothing(till: Till) -> None:
    ines, otto = till.person(), till.person()
    till.give(ines, 10)
    with pytest.raises(Exception, match="joined person"), unit_of_work(till.workspace_id):
        move_all(ines, otto, cause=a_cause())
