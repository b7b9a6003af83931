"""Giving points, spending them, passing them on."""

from datetime import datetime
from typing import Any, NoReturn

from app.core.clock import now
from app.core.errors import Conflict
from app.ledger.entries import ISSUANCE, PLATFORM, SPENT, Cause, Entry, Owner, Purpose
from app.ledger.lots import Part, soonest_first
from app.ledger.operations.posting import (
    Key,
    Posting,
    books_under_lock,
    check_amount,
    open_missing,
    post,
)
from app.ledger.queries.statements import entries_caused_by, entry_caused_by

# A spend over several books is several transfers of one cause: the part of the n-th is the cause's plus n times this.
PARTS_APART = 1000
MOST_PARTS = 32


def credit(
    owner: Owner,
    unit: str,
    amount: int,
    *,
    provenance: str,
    kind: str,
    cause: Cause,
    details: dict[str, Any] | None = None,
    expires_at: datetime | None = None,
    purpose: Purpose = "available",
) -> Entry:
    """Give an owner what was not there before; for the same cause again it gives nothing and tells the first entry."""
    check_amount(amount)
    posting = Posting(
        source=Key(PLATFORM, unit, ISSUANCE),
        target=Key(owner, unit, provenance, purpose),
        amount=amount,
        kind=kind,
        cause=cause,
        details=details or {},
        lots=((expires_at, amount),) if expires_at else (),
    )
    return _received(post(posting), cause)


def spend(
    owner: Owner,
    unit: str,
    amount: int,
    *,
    kind: str,
    cause: Cause,
    details: dict[str, Any] | None = None,
) -> list[Entry]:
    """Take from an owner, first what expires soonest: one entry a book; for the same cause again the first entries."""
    check_amount(amount)
    if cause.part >= PARTS_APART:
        raise ValueError(f"The part of a spend's cause is less than {PARTS_APART}.")
    sink = Key(PLATFORM, unit, SPENT)
    books = [book for book in books_under_lock([owner], unit) if book.purpose == "available"]
    parts = soonest_first(books, amount, now())
    if parts is None:
        return _spent_before(cause) or _refuse()
    entries = []
    for place, part in enumerate(parts):
        cause_of_part = Cause(cause.kind, cause.id, cause.part + place * PARTS_APART)
        booked = post(Posting(part.book, sink, part.amount, kind, cause_of_part, details or {}, part.lots))
        if booked is None:
            return _spent_before(cause) or _vanish()
        entries += [entry for entry in booked if entry]
    return entries


def transfer(
    from_owner: Owner,
    to_owner: Owner,
    unit: str,
    amount: int,
    *,
    provenance: str,
    kind: str,
    cause: Cause,
    details: dict[str, Any] | None = None,
) -> Entry:
    """Pass on from one owner to another, as the receiver sees it; what expires goes on expiring."""
    check_amount(amount)
    target = Key(to_owner, unit, provenance)
    open_missing([target])
    # Both at once, in the order of their ids: two who give to each other wait for one another instead of dying.
    books = books_under_lock([from_owner, to_owner], unit)
    giving = [
        book for book in books if (book.owner, book.provenance, book.purpose) == (from_owner, provenance, "available")
    ]
    parts = soonest_first(giving, amount, now())
    if parts is None:
        return entry_caused_by(cause) or _refuse()
    part: Part = parts[0]
    return _received(post(Posting(part.book, target, amount, kind, cause, details or {}, part.lots)), cause)


def _received(booked: tuple[Entry | None, Entry | None] | None, cause: Cause) -> Entry:
    return (booked[1] if booked else entry_caused_by(cause)) or _vanish()


def _spent_before(cause: Cause) -> list[Entry]:
    return entries_caused_by(cause, [cause.part + place * PARTS_APART for place in range(MOST_PARTS)])


def _refuse() -> NoReturn:
    raise Conflict("insufficient_points", "There are not so many points left.", field="amount")


def _vanish() -> NoReturn:
    raise RuntimeError("A transfer was neither booked nor found.")
