"""Which points of a book are taken: those that expire, and when, and the rest."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.ledger.entries import Owner

NEVER = datetime.max.replace(tzinfo=UTC)

# Moments and how much expires then, soonest first; what of an amount they leave over never expires.
Lots = tuple[tuple[datetime, int], ...]


@dataclass(frozen=True)
class Book:
    """A book as it stands under its owner's lock."""

    id: UUID
    holding_id: UUID
    owner: Owner
    unit: str
    provenance: str
    purpose: str
    balance: int
    lots: Lots = ()

    @property
    def lasting(self) -> int:
        """What of it never expires."""
        return self.balance - sum(remaining for _, remaining in self.lots)

    def due(self, at: datetime) -> Lots:
        return tuple(lot for lot in self.lots if lot[0] <= at)


@dataclass(frozen=True)
class Part:
    """What is taken from one book."""

    book: Book
    amount: int
    lots: Lots


def soonest_first(books: Sequence[Book], amount: int, at: datetime) -> list[Part] | None:
    """What to take from which books, those first whose points expire soonest; None when it does not suffice.

    What is due already is not theirs to spend any more, whether or not it was booked out yet.
    """
    # Of what expires at one moment, or never, by the name of its provenance: then it matters not what came first.
    pieces = [
        (moment, book.provenance, str(book.id), most)
        for book in books
        for moment, most in (*book.lots, (NEVER, book.lasting))
        if moment > at and most > 0
    ]
    by_id = {str(book.id): book for book in books}
    taken: dict[str, list[tuple[datetime, int]]] = {}
    for moment, _, book_id, most in sorted(pieces):
        if amount == 0:
            break
        taken.setdefault(book_id, []).append((moment, min(most, amount)))
        amount -= min(most, amount)
    if amount:
        return None
    return [
        Part(by_id[book_id], sum(n for _, n in parts), tuple(part for part in parts if part[0] < NEVER))
        for book_id, parts in taken.items()
    ]


def like(book: Book, amount: int, wanted: Lots) -> Lots:
    """How to take an amount out of a book: what expires as wanted first, then what never does, then the soonest."""
    left, taken = amount, {}
    for moment, most in wanted:
        there = dict(book.lots).get(moment, 0)
        taken[moment] = min(there, most, left)
        left -= taken[moment]
    left -= min(left, max(book.lasting, 0))
    for moment, remaining in book.lots:
        more = min(remaining - taken.get(moment, 0), left)
        taken[moment] = taken.get(moment, 0) + more
        left -= more
    return tuple(sorted((moment, n) for moment, n in taken.items() if n))


def of_json(lots: Iterable[dict[str, Any]] | None) -> Lots:
    return tuple(sorted((datetime.fromisoformat(lot["expires_at"]), lot["amount"]) for lot in lots or ()))


def as_json(lots: Lots) -> list[dict[str, Any]] | None:
    return [{"expires_at": moment.isoformat(), "amount": amount} for moment, amount in lots] or None
