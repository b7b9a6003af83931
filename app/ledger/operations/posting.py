"""The one INSERT behind every operation, the books it needs, and the locks."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import CursorResult

from app.core.db import session
from app.core.errors import Invalid
from app.core.ids import new_id
from app.core.tenancy import required_workspace
from app.ledger.entries import EXPIRED, ISSUANCE, PLATFORM, SPENT, Cause, Entry, Owner
from app.ledger.lots import Book, Lots, as_json
from app.ledger.models import MOST

# One statement each, since a round trip costs more than all that the database does in it. Books are found by their key
# or by their id. ON CONFLICT leaves out what was booked already, by its cause or as a reversal.
_SOURCE_BY_ID = "s.workspace_id = %(workspace)s AND s.id = %(source)s"
_TARGET_BY_ID = "t.workspace_id = %(workspace)s AND t.id = %(target)s"
_SOURCE_BY_KEY = """s.workspace_id = %(workspace)s AND s.owner_kind = %(source_kind)s AND s.owner_id = %(source_owner)s
    AND s.unit = %(unit)s AND s.provenance = %(source_provenance)s AND s.purpose = %(source_purpose)s"""
_TARGET_BY_KEY = """t.workspace_id = %(workspace)s AND t.owner_kind = %(target_kind)s AND t.owner_id = %(target_owner)s
    AND t.unit = %(unit)s AND t.provenance = %(target_provenance)s AND t.purpose = %(target_purpose)s"""
_POST = """
    INSERT INTO transfer (workspace_id, id, from_book, to_book, unit, amount, kind, cause_kind, cause_id, cause_part,
                          reverses, lots, metadata)
    SELECT %(workspace)s, %(id)s, s.id, t.id, %(unit)s, %(amount)s, %(kind)s, %(cause_kind)s, %(cause_id)s,
           %(cause_part)s, %(reverses)s, %(lots)s, %(details)s
      FROM account_book s, account_book t WHERE {source} AND {target}
    ON CONFLICT DO NOTHING
    RETURNING number, created_at, from_total_after, to_total_after
"""
_STATEMENTS = {
    (by_source_id, by_target_id): _POST.format(
        source=_SOURCE_BY_ID if by_source_id else _SOURCE_BY_KEY,
        target=_TARGET_BY_ID if by_target_id else _TARGET_BY_KEY,
    )
    for by_source_id in (False, True)
    for by_target_id in (False, True)
}
_OPEN = """
    INSERT INTO account_book (workspace_id, id, owner_kind, owner_id, unit, provenance, purpose, keeps_balance)
    VALUES (%(workspace)s, %(id)s, %(kind)s, %(owner)s, %(unit)s, %(provenance)s, %(purpose)s, %(keeps)s)
    ON CONFLICT ON CONSTRAINT account_book_once DO NOTHING
"""
_IS_OPEN = """
    SELECT EXISTS (SELECT 1 FROM account_book
                    WHERE workspace_id = %(workspace)s AND owner_kind = %(kind)s AND owner_id = %(owner)s
                      AND unit = %(unit)s AND provenance = %(provenance)s AND purpose = %(purpose)s)
"""
_UNDER_LOCK = """
    SELECT * FROM books_under_lock(ARRAY(
        SELECT id FROM holding
         WHERE workspace_id = %(workspace)s AND owner_kind = ANY (%(kinds)s) AND owner_id = ANY (%(owners)s)
           AND (unit = %(unit)s OR %(unit)s::text IS NULL)))
"""
_ROOT = "SELECT root_of_person(%(workspace)s, %(person)s)"


@dataclass(frozen=True)
class Key:
    """Which book of an owner."""

    owner: Owner
    unit: str
    provenance: str
    purpose: str = "available"


@dataclass(frozen=True)
class Posting:
    """What is to be booked; books are named by their keys, or by themselves where they are at hand."""

    source: Key | Book
    target: Key | Book
    amount: int
    kind: str
    cause: Cause
    details: dict[str, Any] = field(default_factory=dict)
    lots: Lots = ()
    reverses: UUID | None = None


def run(statement: str, values: dict[str, Any]) -> CursorResult[Any]:
    return session.connection().exec_driver_sql(statement, values)


def post(posting: Posting) -> tuple[Entry | None, Entry | None] | None:
    """Book it: the entries of who gave and who received, none for the platform; None where its cause was used already.

    Books that are not there yet are opened, by us or by whoever is doing it at this moment. Not under the lock of an
    owner that others may wait for: they could be the ones who open the book.
    """
    booked = _insert(posting)
    keys = [book for book in (posting.source, posting.target) if isinstance(book, Key)]
    if booked is None and keys:
        open_books(keys)
        booked = _insert(posting)
    return booked


def _insert(posting: Posting) -> tuple[Entry | None, Entry | None] | None:
    transfer_id = new_id()
    values = {
        "workspace": required_workspace(),
        "id": transfer_id,
        "unit": posting.source.unit,
        "amount": posting.amount,
        "kind": posting.kind,
        "cause_kind": posting.cause.kind,
        "cause_id": posting.cause.id,
        "cause_part": posting.cause.part,
        "reverses": posting.reverses,
        "lots": Jsonb(as_json(posting.lots)) if posting.lots else None,
        "details": Jsonb(posting.details),
        **_place("source", posting.source),
        **_place("target", posting.target),
    }
    statement = _STATEMENTS[isinstance(posting.source, Book), isinstance(posting.target, Book)]
    row = run(statement, values).first()
    if row is None:
        return None
    number, at, from_total, to_total = tuple(row)

    def seen_from(book: Key | Book, change: int, total: int | None) -> Entry | None:
        if total is None:
            return None
        return Entry(
            id=transfer_id,
            owner=book.owner,
            unit=book.unit,
            points_change=change,
            balance_after=total,
            kind=posting.kind,
            provenance=book.provenance,
            cause=posting.cause,
            at=at,
            number=number,
            details=posting.details,
            reverses=posting.reverses,
            is_new=True,
        )

    return (
        seen_from(posting.source, -posting.amount, from_total),
        seen_from(posting.target, posting.amount, to_total),
    )


def _place(side: str, book: Key | Book) -> dict[str, Any]:
    if isinstance(book, Book):
        return {side: book.id}
    return {
        f"{side}_kind": book.owner.kind,
        f"{side}_owner": book.owner.id,
        f"{side}_provenance": book.provenance,
        f"{side}_purpose": book.purpose,
    }


def open_books(keys: Collection[Key]) -> None:
    """Open those of these books that are not there yet; all of the platform's at once, so that none is missing later.

    Two who open the same books wait for each other instead of dying: first come the platform's, which everybody
    needs, then those of the owners in the order of their ids.
    """
    wanted = set(keys) | {
        Key(PLATFORM, key.unit, provenance)
        for key in keys
        if key.owner == PLATFORM
        for provenance in (ISSUANCE, SPENT, EXPIRED)
    }
    for key in sorted(wanted, key=_place_in_line):
        run(_OPEN, _named(key) | {"id": new_id(), "keeps": key.owner != PLATFORM})


def open_missing(keys: Collection[Key]) -> None:
    """The same, for who is about to lock owners and expects the books to be there: looking is cheaper."""
    if missing := [key for key in keys if not run(_IS_OPEN, _named(key)).scalar()]:
        open_books(missing)


def _named(key: Key) -> dict[str, Any]:
    return {
        "workspace": required_workspace(),
        "kind": key.owner.kind,
        "owner": key.owner.id,
        "unit": key.unit,
        "provenance": key.provenance,
        "purpose": key.purpose,
    }


def _place_in_line(key: Key) -> tuple[bool, UUID, str, str, str]:
    return key.owner != PLATFORM, key.owner.id, key.unit, key.provenance, key.purpose


def books_under_lock(owners: Collection[Owner], unit: str | None = None) -> list[Book]:
    """All books of these owners, of one unit or of all, which stay as they are until the end of the transaction."""
    values = {
        "workspace": required_workspace(),
        "kinds": sorted({owner.kind for owner in owners}),
        "owners": [owner.id for owner in owners],
        "unit": unit,
    }
    books: dict[UUID, list[Any]] = {}
    for row in run(_UNDER_LOCK, values):
        books.setdefault(row.book_id, []).append(row)
    return [_book(rows) for rows in books.values()]


def _book(rows: Sequence[Any]) -> Book:
    first = rows[0]
    lots = tuple((row.expires_at, row.remaining) for row in rows if row.expires_at is not None)
    owner = Owner(first.owner_kind, first.owner_id)
    return Book(
        first.book_id, first.holding_id, owner, first.unit, first.provenance, first.purpose, first.balance, lots
    )


def the_book(books: Iterable[Book], key: Key) -> Book | None:
    return next(
        (
            book
            for book in books
            if (book.owner, book.unit, book.provenance, book.purpose)
            == (key.owner, key.unit, key.provenance, key.purpose)
        ),
        None,
    )


def root_of(owner: Owner) -> Owner:
    """Who a person is by now, whomever they joined; everybody else is who they are."""
    if owner.kind != "person":
        return owner
    root = run(_ROOT, {"workspace": required_workspace(), "person": owner.id}).scalar()
    return Owner("person", root) if root else owner


def check_amount(amount: int) -> None:
    if not 0 < amount <= MOST:
        raise Invalid("amount_not_valid", f"An amount is a whole number from 1 to {MOST}.", field="amount")
