"""Taking back what was booked."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, select
from sqlalchemy.orm import aliased

from app.core.db import session
from app.core.errors import Conflict, Missing
from app.core.tenancy import required_workspace
from app.ledger.entries import Cause, Entry, Owner
from app.ledger.lots import Book, like, of_json
from app.ledger.models import AccountBook, Transfer
from app.ledger.operations.posting import Key, Posting, books_under_lock, open_missing, post, root_of, the_book
from app.ledger.operations.turns import Changed, in_turn

# These undo, move or end what is there; giving somebody points is what credit() is for.
FINAL = ("reversal", "merge", "expiry")

_source, _target = aliased(AccountBook), aliased(AccountBook)


def reverse(transfer_id: UUID, *, partial: bool = False, details: dict[str, Any] | None = None) -> Entry:
    """Book a transfer back, once; `partial` takes what remains where some of it was spent."""
    original, source, target = _original(transfer_id)
    if original.kind in FINAL:
        raise Conflict("not_reversible", "Only what was given or spent can be reversed.")
    return in_turn(lambda: _reverse(original, source, target, partial, details or {}))


def _original(transfer_id: UUID) -> tuple[Transfer, Key, Key]:
    found: Row[Any] | None = session.execute(
        select(
            Transfer,
            *(getattr(_source, name) for name in ("owner_kind", "owner_id", "provenance", "purpose")),
            *(getattr(_target, name) for name in ("owner_kind", "owner_id", "provenance", "purpose")),
        )
        .join(_source, and_(_source.workspace_id == Transfer.workspace_id, _source.id == Transfer.from_book))
        .join(_target, and_(_target.workspace_id == Transfer.workspace_id, _target.id == Transfer.to_book))
        .where(Transfer.workspace_id == required_workspace(), Transfer.id == transfer_id)
    ).first()
    if found is None:
        raise Missing("transaction_unknown", "There is no such transaction.")
    transfer, named = found[0], tuple(found)[1:]

    def key(kind: Any, owner_id: UUID, provenance: str, purpose: str) -> Key:
        return Key(Owner(kind, owner_id), transfer.unit, provenance, purpose)

    return transfer, key(*named[:4]), key(*named[4:])


def _reverse(original: Transfer, source: Key, target: Key, partial: bool, details: dict[str, Any]) -> Entry:
    now_source, now_target = _by_now(source), _by_now(target)
    open_missing({now_source, now_target} - {source, target})
    owners = {key.owner for key in (source, target, now_source, now_target) if key.owner.kind != "platform"}
    books = books_under_lock(owners, original.unit)
    if (_by_now(source), _by_now(target)) != (now_source, now_target):
        raise Changed
    taken_from = _brought_back(books, original, target, now_target, partial)
    amount, lots = original.amount, of_json(original.lots)
    if taken_from is not None:
        amount = min(amount, taken_from.balance)
        lots = like(taken_from, amount, lots)
    cause = Cause("reversal", str(original.id))
    given_to = the_book(books, source) or source
    booked = post(
        Posting(taken_from or target, given_to, amount, "reversal", cause, details, lots, reverses=original.id)
    )
    if booked is None:
        raise Conflict("already_reversed", "This was reversed already.")
    if now_source != source and isinstance(given_to, Book):
        # Whoever spent it is part of somebody else by now, who shall have it.
        along = Cause("reversal", str(original.id), 1)
        post(Posting(given_to, _there(books, now_source), amount, "merge", along, {}, lots))
    return booked[0] or booked[1]  # type: ignore[return-value]


def _by_now(key: Key) -> Key:
    return Key(root_of(key.owner), key.unit, key.provenance, key.purpose)


def _brought_back(books: list[Book], original: Transfer, target: Key, now_target: Key, partial: bool) -> Book | None:
    """The book that received the amount, with as much of it as can be had; None for the platform's."""
    if target.owner.kind == "platform":
        return None
    book = _there(books, target)
    missing = original.amount - book.balance
    if missing > 0 and now_target != target:
        book = _gathered(book, _there(books, now_target), missing, original)
    if book.balance < (1 if partial else original.amount):
        if _is_reversed(original):
            raise Conflict("already_reversed", "This was reversed already.")
        raise Conflict("already_spent", "Some of it was spent already. Ask for what remains by partial.")
    return book


def _gathered(book: Book, root: Book, missing: int, original: Transfer) -> Book:
    """Bring back what went along when its owner became part of somebody else."""
    amount = min(missing, root.balance)
    if amount == 0 or _is_reversed(original):
        return book
    lots = like(root, amount, of_json(original.lots))
    post(Posting(root, book, amount, "merge", Cause("reversal", str(original.id), 2), {}, lots))
    together: dict[Any, int] = dict(book.lots)
    for moment, part in lots:
        together[moment] = together.get(moment, 0) + part
    return Book(
        book.id, book.holding_id, book.owner, book.unit, book.provenance, book.purpose,
        book.balance + amount, tuple(sorted(together.items())),
    )  # fmt: skip


def _is_reversed(original: Transfer) -> bool:
    query = select(Transfer.id).where(Transfer.workspace_id == required_workspace(), Transfer.reverses == original.id)
    return session.scalar(query) is not None


def _there(books: list[Book], key: Key) -> Book:
    found = the_book(books, key)
    if found is None:
        raise Changed
    return found
