"""The ledger against a model of a few lines: whatever is done in whatever order, they agree and the books add up."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from app.core.clock import freeze
from app.core.db import session
from app.core.errors import Conflict
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from app.ledger.entries import Balance
from app.ledger.operations import Cause, Entry, Owner, expire_due, move_all, reverse, transfer, verify
from app.ledger.queries import balance, entries_of
from tests.factories.ledger import Till, a_cause

pytestmark = pytest.mark.thorough

START = datetime(2027, 1, 1, tzinfo=UTC)
NEVER = datetime.max.replace(tzinfo=UTC)
amounts = st.integers(1, 30)
provenances = st.sampled_from(["bonus", "earned", "ad"])


@dataclass
class Someone:
    """What one person should have: for each provenance how much until when, as whoever reads the rules would say."""

    owner: Owner
    merged_into: "Someone | None" = None
    books: dict[str, Counter[datetime]] = field(default_factory=dict)
    earned: int = 0

    @property
    def root(self) -> "Someone":
        return self.merged_into.root if self.merged_into else self

    def book(self, provenance: str) -> Counter[datetime]:
        return self.books.setdefault(provenance, Counter())


@dataclass
class Booked:
    entry: Entry
    giver: Someone | None
    receiver: Someone | None
    provenance: str
    parts: Counter[datetime]
    is_reversed: bool = False


def taken_first(book: Counter[datetime], amount: int, wanted: Counter[datetime]) -> Counter[datetime]:
    """What a reversal takes: what it should be, then what lasts, then what expires soonest."""
    taken: Counter[datetime] = Counter()
    order = [(moment, most) for moment, most in sorted(wanted.items()) if moment < NEVER]
    order += [(NEVER, amount)] + [(moment, amount) for moment in sorted(book)]
    for moment, most in order:
        taken[moment] += max(0, min(most, book[moment] - taken[moment], amount - taken.total()))
    return +taken


class Ledger(RuleBasedStateMachine):
    people = Bundle("people")
    booked = Bundle("booked")

    @initialize(target=people)
    def begin(self) -> MultipleResults[Someone]:
        self.at = START
        self.till = Till()
        self.everybody = [Someone(self.till.person()) for _ in range(4)]
        return multiple(*self.everybody)

    @rule(target=booked, who=people, amount=amounts, provenance=provenances, days=st.none() | st.integers(1, 4))
    def credit(self, who: Someone, amount: int, provenance: str, days: int | None) -> Booked:
        expires_at = None if days is None else START + timedelta(days=days)
        who = who.root
        entry = self.till.give(who.owner, amount, provenance=provenance, expires_at=expires_at)
        parts = Counter({expires_at or NEVER: amount})
        who.book(provenance).update(parts)
        who.earned += amount
        return Booked(entry, None, who, provenance, parts)

    @rule(target=booked, who=people, amount=amounts)
    def spend(self, who: Someone, amount: int) -> Booked | None:
        who = who.root
        taken = self._soonest(who.books, amount)
        if taken is None:
            with freeze(self.at), pytest.raises(Conflict):
                self.till.take(who.owner, amount)
            return None
        with freeze(self.at):
            entries = self.till.take(who.owner, amount)
        assert {entry.provenance: -entry.points_change for entry in entries} == {
            provenance: parts.total() for provenance, parts in taken.items()
        }
        for provenance, parts in taken.items():
            who.books[provenance].subtract(parts)
        last = entries[-1]
        return Booked(last, who, None, last.provenance, taken[last.provenance])

    @rule(target=booked, giver=people, receiver=people, amount=amounts)
    def give(self, giver: Someone, receiver: Someone, amount: int) -> Booked | None:
        giver, receiver = giver.root, receiver.root
        if giver is receiver:
            return None
        taken = self._soonest({"bonus": giver.book("bonus")}, amount)
        options: dict[str, Any] = {"provenance": "bonus", "kind": "gift", "cause": a_cause()}
        if taken is None:
            with unit_of_work(self.till.workspace_id), freeze(self.at), pytest.raises(Conflict):
                transfer(giver.owner, receiver.owner, self.till.unit, amount, **options)
            return None
        with unit_of_work(self.till.workspace_id), freeze(self.at):
            entry = transfer(giver.owner, receiver.owner, self.till.unit, amount, **options)
        giver.book("bonus").subtract(taken["bonus"])
        receiver.book("bonus").update(taken["bonus"])
        receiver.earned += amount
        return Booked(entry, giver, receiver, "bonus", taken["bonus"])

    @rule(booked=booked, partial=st.booleans())
    def take_back(self, booked: Booked | None, partial: bool) -> None:
        if booked is None:
            return
        amount, parts = booked.parts.total(), booked.parts
        book = booked.receiver.root.book(booked.provenance) if booked.receiver else None
        if book is not None:
            amount = min(amount, book.total())
            parts = taken_first(book, amount, booked.parts)
        spent = amount < (1 if partial else booked.parts.total())
        with unit_of_work(self.till.workspace_id):
            if booked.is_reversed or spent:
                with pytest.raises(Conflict) as refused:
                    reverse(booked.entry.id, partial=partial)
                assert refused.value.code == ("already_reversed" if booked.is_reversed else "already_spent")
                return
            assert abs(reverse(booked.entry.id, partial=partial).points_change) == amount
        booked.is_reversed = True
        if book is not None and booked.receiver:
            book.subtract(parts)
            booked.receiver.earned -= amount
        if booked.giver:
            booked.giver.root.book(booked.provenance).update(parts)

    @rule(absorbed=people, into=people)
    def join(self, absorbed: Someone, into: Someone) -> None:
        absorbed, into = absorbed.root, into.root
        if absorbed is into:
            return
        with unit_of_work(self.till.workspace_id):
            self.till.join(absorbed.owner, into.owner)
            move_all(absorbed.owner, into.owner, cause=Cause("joined", str(absorbed.owner.id)))
        for provenance, parts in absorbed.books.items():
            into.book(provenance).update(parts)
            parts.clear()
        absorbed.merged_into = into

    @rule(days=st.integers(0, 1))
    def let_time_pass(self, days: int) -> None:
        self.at += timedelta(days=days)
        with unit_of_work(self.till.workspace_id), freeze(self.at):
            while expire_due():
                pass
        for someone in self.everybody:
            for parts in someone.books.values():
                for moment in [moment for moment in parts if moment <= self.at]:
                    del parts[moment]

    @invariant()
    def everybody_has_what_they_should(self) -> None:
        with unit_of_work(self.till.workspace_id), freeze(self.at):
            for root in [someone for someone in self.everybody if someone.merged_into is None]:
                parts = [someone for someone in self.everybody if someone.root is root]
                ids: list[UUID] = [someone.owner.id for someone in parts]
                left = {provenance: sum(self._alive(book).values()) for provenance, book in root.books.items()}
                expected = {provenance: amount for provenance, amount in sorted(left.items()) if amount}
                earned = sum(someone.earned for someone in parts)
                assert balance(ids, self.till.unit) == Balance(sum(expected.values()), earned, expected)

    @invariant()
    def it_expires_when_it_should(self) -> None:
        statement = text("SELECT expires_at, sum(remaining) FROM point_lot WHERE remaining > 0 GROUP BY 1")
        with unit_of_work(self.till.workspace_id):
            lots = {moment: int(remaining) for moment, remaining in session.execute(statement)}
        books = sum((book for someone in self.everybody for book in someone.books.values()), Counter())
        assert lots == {moment: amount for moment, amount in books.items() if moment < NEVER and amount}

    def teardown(self) -> None:
        with unit_of_work(self.till.workspace_id):
            assert verify() == []
            for someone in self.everybody:
                total = 0
                for entry in entries_of([someone.owner.id], self.till.unit, limit=1000)[::-1]:
                    total += entry.points_change
                    assert entry.balance_after == total

    def _alive(self, book: Counter[datetime]) -> dict[datetime, int]:
        return {moment: amount for moment, amount in book.items() if moment > self.at and amount > 0}

    def _soonest(self, books: dict[str, Counter[datetime]], amount: int) -> dict[str, Counter[datetime]] | None:
        taken: dict[str, Counter[datetime]] = {}
        pieces = [
            (moment, provenance, most)
            for provenance, book in books.items()
            for moment, most in self._alive(book).items()
        ]
        for moment, provenance, most in sorted(pieces):
            if amount:
                taken.setdefault(provenance, Counter())[moment] += min(most, amount)
                amount -= min(most, amount)
        return None if amount else taken


def test_the_ledger_does_as_the_model(app: Guerdon) -> None:
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
