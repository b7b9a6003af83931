"""Many at once on the same books: nothing is lost, nothing is booked twice, nobody is told of a deadlock."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.core.clock import freeze, now
from app.core.db import session
from app.core.errors import Conflict
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from app.ledger.operations import Cause, Owner, credit, expire_due, move_all, reverse, spend, transfer, verify
from app.ledger.queries import balance, entries_of
from tests.factories.ledger import Till, a_cause

pytestmark = pytest.mark.thorough

DONE = "done"


@pytest.fixture
def till(committing_app: Guerdon) -> Till:
    with committing_app.app_context():
        return Till()


def at_once(app: Guerdon, till: Till, attempts: Sequence[Callable[[], object]], threads: int) -> Counter[str]:
    """Do them all, each in a transaction of its own; how each of them ended: done, or the code of its refusal."""
    ready = threading.Barrier(threads)

    def work(mine: Sequence[Callable[[], object]]) -> Counter[str]:
        ended: Counter[str] = Counter()
        ready.wait()
        for attempt in mine:
            try:
                with app.app_context(), unit_of_work(till.workspace_id):
                    attempt()
                ended[DONE] += 1
            except Conflict as refused:
                ended[refused.code] += 1
        return ended

    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(work, [attempts[number::threads] for number in range(threads)]), Counter())


def settled(app: Guerdon, till: Till, *owners: Owner) -> int:
    with app.app_context(), unit_of_work(till.workspace_id):
        assert verify() == []
        return balance([owner.id for owner in owners], till.unit).balance


def test_five_hundred_transfers_reversed_twice_at_once_by_twenty_threads(committing_app: Guerdon, till: Till) -> None:
    with committing_app.app_context():
        people = [till.person() for _ in range(5)]
        given = []
        with unit_of_work(till.workspace_id):
            for number in range(500):
                owner = people[number % 5]
                given.append(credit(owner, till.unit, 7, provenance="bonus", kind="bonus", cause=a_cause()).id)
    attempts = [lambda id=transfer_id: reverse(id) for transfer_id in given * 2]
    random.Random(3).shuffle(attempts)
    assert at_once(committing_app, till, attempts, 20) == {DONE: 500, "already_reversed": 500}
    assert settled(committing_app, till, *people) == 0
    with committing_app.app_context(), unit_of_work(till.workspace_id):
        assert {balance([owner.id], till.unit).lifetime_earned for owner in people} == {0}


def test_sixty_four_clients_on_one_persons_book(committing_app: Guerdon, till: Till) -> None:
    """Fifteen in each hundred spend more than is there; whatever the order, the sums agree."""
    with committing_app.app_context():
        ines = till.person()
        till.give(ines, 300, expires_at=now() + timedelta(days=1))
        till.give(ines, 300, provenance="earned")
    attempts: list[Callable[[], object]] = []
    for number in range(640):
        if number % 4 == 0:
            attempts.append(lambda: credit(ines, till.unit, 2, provenance="ad", kind="ad_reward", cause=a_cause()))
        else:
            attempts.append(lambda: spend(ines, till.unit, 3, kind="points_spent", cause=a_cause()))
    ended = at_once(committing_app, till, attempts, 64)
    assert set(ended) <= {DONE, "insufficient_points"}
    spent = ended[DONE] - 160
    assert settled(committing_app, till, ines) == 600 + 320 - 3 * spent
    with committing_app.app_context(), unit_of_work(till.workspace_id):
        entries = entries_of([ines.id], till.unit, limit=10_000)[::-1]
        total = 0
        for entry in entries:
            total += entry.points_change
            assert entry.balance_after == total >= 0
        assert [entry.number for entry in entries] == sorted(entry.number for entry in entries)


def test_two_people_give_to_each_other(committing_app: Guerdon, till: Till) -> None:
    with committing_app.app_context():
        ines, otto = till.person(), till.person()
        till.give(ines, 50, expires_at=now() + timedelta(days=1))
        till.give(ines, 50)

    def give(giver: Owner, receiver: Owner) -> Callable[[], object]:
        return lambda: transfer(giver, receiver, till.unit, 7, provenance="bonus", kind="gift", cause=a_cause())

    attempts = [give(ines, otto), give(otto, ines)] * 150
    ended = at_once(committing_app, till, attempts, 16)
    assert set(ended) <= {DONE, "insufficient_points"}
    assert settled(committing_app, till, ines, otto) == 100


def test_books_are_opened_by_many_at_once(committing_app: Guerdon, till: Till) -> None:
    """Nobody has a book yet; each attempt needs the books of two people and the platform's."""
    with committing_app.app_context():
        people = [till.person() for _ in range(4)]

    def begin(first: Owner, second: Owner, number: int) -> Callable[[], object]:
        provenance = ("bonus", "earned", "cashback")[number % 3]

        def attempt() -> None:
            # Whoever books for several people in one transaction takes them in the order of their ids.
            for owner in sorted((first, second), key=lambda owner: owner.id):
                credit(owner, till.unit, 5, provenance=provenance, kind="bonus", cause=a_cause())
            transfer(second, first, till.unit, 5, provenance=provenance, kind="gift", cause=a_cause())

        return attempt

    attempts = [begin(one, other, n) for n in range(6) for one in people for other in people if one != other]
    random.Random(5).shuffle(attempts)
    assert at_once(committing_app, till, attempts, 24) == {DONE: 72}
    assert settled(committing_app, till, *people) == 720


def test_one_cause_fifty_times_at_once(committing_app: Guerdon, till: Till) -> None:
    with committing_app.app_context():
        ines = till.person()
    given, taken = Cause("event", "e1"), Cause("event", "e2")
    first = [lambda: credit(ines, till.unit, 10, provenance="earned", kind="quest", cause=given)] * 50
    assert at_once(committing_app, till, first, 50) == {DONE: 50}
    assert settled(committing_app, till, ines) == 10
    second = [lambda: spend(ines, till.unit, 6, kind="points_spent", cause=taken)] * 50
    assert at_once(committing_app, till, second, 50) == {DONE: 50}
    assert settled(committing_app, till, ines) == 4


def test_people_are_joined_while_they_spend_and_are_given_back(committing_app: Guerdon, till: Till) -> None:
    with committing_app.app_context():
        ines = till.person()
        parts = [till.person() for _ in range(8)]
        till.give(ines, 40)
        spent, given = [], []
        for part in parts:
            for provenance in ("bonus", "earned", "ad"):
                given.append(till.give(part, 10, provenance=provenance, expires_at=now() + timedelta(days=1)))
            spent += till.take(part, 15)

    def join(part: Owner) -> Callable[[], object]:
        def attempt() -> None:
            # As people do it: the rows of both are locked first, in the order of their ids.
            session.execute(
                text("SELECT 1 FROM person WHERE id IN (:one, :other) ORDER BY id FOR UPDATE"),
                {"one": part.id, "other": ines.id},
            )
            till.join(part, ines)
            move_all(part, ines, cause=Cause("joined", str(part.id)))

        return attempt

    attempts: list[Callable[[], object]] = [join(part) for part in parts]
    attempts += [lambda id=entry.id: reverse(id) for entry in spent]
    attempts += [lambda id=entry.id: reverse(id, partial=True) for entry in given]
    attempts += [lambda: spend(ines, till.unit, 1, kind="points_spent", cause=a_cause())] * 40
    attempts += [lambda p=part: spend(p, till.unit, 1, kind="points_spent", cause=a_cause()) for part in parts]
    random.Random(7).shuffle(attempts)
    ended = at_once(committing_app, till, attempts, 24)
    assert set(ended) <= {DONE, "insufficient_points", "already_spent"}
    together = settled(committing_app, till, ines, *parts)
    # Whatever came in which order, nothing stayed behind with those who are somebody else by now.
    assert settled(committing_app, till, ines) == together


def test_what_is_due_expires_once_in_parallel(committing_app: Guerdon, till: Till) -> None:
    with committing_app.app_context():
        people = [till.person() for _ in range(30)]
        soon = now() + timedelta(hours=1)
        for person in people:
            till.give(person, 10, expires_at=soon)
            till.give(person, 10)
    with freeze(soon):
        attempts: list[Callable[[], object]] = [lambda: expire_due(7)] * 40
        attempts += [lambda p=person: spend(p, till.unit, 4, kind="points_spent", cause=a_cause()) for person in people]
        random.Random(11).shuffle(attempts)
        assert at_once(committing_app, till, attempts, 12) == {DONE: 70}
        assert settled(committing_app, till, *people) == 30 * 6
        with committing_app.app_context(), unit_of_work(till.workspace_id):
            assert expire_due() == 0


def test_who_is_chosen_as_a_victim_tries_again(committing_app: Guerdon, till: Till) -> None:
    """A reversal holds the first of two people and waits for the second, who is held by one that wants the first."""
    with committing_app.app_context():
        first, second = sorted((till.person(), till.person()), key=lambda owner: owner.id)
        till.give(first, 10)
        with unit_of_work(till.workspace_id):
            gift = transfer(first, second, till.unit, 10, provenance="bonus", kind="gift", cause=a_cause())
    second_held = threading.Event()

    def somebody_waits() -> bool:
        return bool(session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))

    def in_order() -> None:
        assert second_held.wait(20)
        reverse(gift.id)

    def against_it() -> None:
        credit(second, till.unit, 5, provenance="bonus", kind="bonus", cause=a_cause())
        second_held.set()
        while not somebody_waits():
            threading.Event().wait(0.01)
        try:
            credit(first, till.unit, 5, provenance="bonus", kind="bonus", cause=a_cause())
        except OperationalError as error:
            # On a slow day it is this one that is chosen, which asked for it.
            if isinstance(error.orig, psycopg.errors.DeadlockDetected):
                raise Conflict("chosen", "It went against the order.") from error
            raise

    ended = at_once(committing_app, till, [in_order, against_it], 2)
    assert ended in ({DONE: 2}, {DONE: 1, "chosen": 1})
    assert settled(committing_app, till, first) == 10 + 5 * (ended[DONE] - 1)
