"""What becomes of balances when two people turn out to be one, or one turns out to be two."""

from uuid import UUID

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import aliased

from app.core.db import session
from app.core.tenancy import required_workspace
from app.ledger.entries import Cause, Entry, Owner
from app.ledger.lots import Book, Lots, of_json
from app.ledger.models import AccountBook, Transfer
from app.ledger.operations.posting import Key, Posting, books_under_lock, open_missing, post, root_of, the_book
from app.ledger.operations.turns import Changed, in_turn

_source, _target = aliased(AccountBook), aliased(AccountBook)


def move_all(from_owner: Owner, to_owner: Owner, *, cause: Cause) -> list[Entry]:
    """Move whatever a person has to whom they became part of, as the latter sees it; it counts as earned by none."""
    session.flush()
    return in_turn(lambda: _move_all(from_owner, to_owner, cause))


def _move_all(from_owner: Owner, to_owner: Owner, cause: Cause) -> list[Entry]:
    mine = _keys_of(from_owner)
    open_missing([Key(to_owner, key.unit, key.provenance, key.purpose) for key in mine])
    books = books_under_lock({from_owner, to_owner})
    moved = []
    part = _next_part(cause)
    for book in books:
        if book.owner != from_owner or book.balance == 0:
            continue
        target = the_book(books, Key(to_owner, book.unit, book.provenance, book.purpose))
        if target is None:
            raise Changed
        booked = post(Posting(book, target, book.balance, "merge", Cause(cause.kind, cause.id, part), {}, book.lots))
        if booked is None or booked[1] is None:
            raise Changed
        part += 1
        moved.append(booked[1])
    return moved


def move_back(owner: Owner, left: Owner, joins: Owner) -> list[Entry]:
    """Give a person back what they brought to the one they left, and move it to the one they join."""
    session.flush()
    in_turn(lambda: _move_back(owner, left))
    return move_all(owner, joins, cause=Cause("person_parted", str(owner.id)))


def _move_back(owner: Owner, left: Owner) -> None:
    """By reversals of what was moved, newest first, up to what of it is still there."""
    root = root_of(left)
    merges = _unreversed_merges(owner)
    holders = {Owner("person", holder_id) for _, holder_id in merges}
    owners = {owner, root} | holders
    books_under_lock(owners)
    if _unreversed_merges(owner) != merges or root_of(left) != root:
        raise Changed
    for merge_id, holder_id in merges:
        _undo(session.get_one(Transfer, (required_workspace(), merge_id)), Owner("person", holder_id), root, owners)


def _undo(merge: Transfer, holder: Owner, root: Owner, owners: set[Owner]) -> None:
    by_id = {book.id: book for book in books_under_lock(owners)}
    held, book = by_id[merge.to_book], by_id[merge.from_book]
    outstanding = min(merge.amount, _outstanding(book))
    if holder != root and held.balance < outstanding:
        # Whoever held it became part of somebody else in turn, and brought it along.
        source = the_book(by_id.values(), Key(root, held.unit, held.provenance, held.purpose))
        if source is not None:
            amount, lots = _still_there(source, outstanding - held.balance, merge)
            if amount:
                post(Posting(source, held, amount, "merge", Cause("part", str(merge.id)), {}, lots))
                held = next(one for one in books_under_lock({holder}) if one.id == held.id)
    amount, lots = _still_there(held, outstanding, merge)
    if amount:
        cause = Cause("reversal", str(merge.id))
        post(Posting(held, book, amount, "reversal", cause, {}, lots, reverses=merge.id))


def _still_there(book: Book, most: int, merge: Transfer) -> tuple[int, Lots]:
    """How much of what a merge moved can be taken out of a book: of each moment, and of what never expires, its own."""
    moved = of_json(merge.lots)
    there = dict(book.lots)
    left, lots = most, []
    for moment, amount in moved:
        taken = min(amount, there.get(moment, 0), left)
        left -= taken
        lots += [(moment, taken)] if taken else []
    left -= min(left, max(book.lasting, 0), merge.amount - sum(amount for _, amount in moved))
    return most - left, tuple(lots)


def _unreversed_merges(owner: Owner) -> list[tuple[UUID, UUID]]:
    """What was moved from a person and never back, newest first, and to whom."""
    reversal = aliased(Transfer)
    query = (
        select(Transfer.id, _target.owner_id)
        .join(_source, and_(_source.workspace_id == Transfer.workspace_id, _source.id == Transfer.from_book))
        .join(_target, and_(_target.workspace_id == Transfer.workspace_id, _target.id == Transfer.to_book))
        .outerjoin(reversal, and_(reversal.workspace_id == Transfer.workspace_id, reversal.reverses == Transfer.id))
        .where(
            Transfer.workspace_id == required_workspace(),
            Transfer.from_holding == _source.holding_id,
            _source.workspace_id == required_workspace(),
            _source.owner_kind == owner.kind,
            _source.owner_id == owner.id,
            Transfer.kind == "merge",
            reversal.id.is_(None),
        )
        .order_by(Transfer.number.desc())
    )
    return [(merge_id, holder_id) for merge_id, holder_id in session.execute(query)]


def _outstanding(book: Book) -> int:
    """What went away from a book by merges and did not come back."""
    original = aliased(Transfer)
    came_back = or_(Transfer.kind == "merge", original.kind == "merge")
    query = (
        select(
            func.coalesce(func.sum(case((Transfer.from_book == book.id, Transfer.amount), else_=-Transfer.amount)), 0)
        )
        .outerjoin(original, and_(original.workspace_id == Transfer.workspace_id, original.id == Transfer.reverses))
        .where(
            Transfer.workspace_id == required_workspace(),
            or_(
                and_(Transfer.from_holding == book.holding_id, Transfer.from_book == book.id, Transfer.kind == "merge"),
                and_(Transfer.to_holding == book.holding_id, Transfer.to_book == book.id, came_back),
            ),
        )
    )
    return int(session.scalar(query) or 0)


def _keys_of(owner: Owner) -> list[Key]:
    query = select(AccountBook.unit, AccountBook.provenance, AccountBook.purpose).where(
        AccountBook.workspace_id == required_workspace(),
        AccountBook.owner_kind == owner.kind,
        AccountBook.owner_id == owner.id,
    )
    return [Key(owner, *found) for found in session.execute(query)]


def _next_part(cause: Cause) -> int:
    """The same two may be joined again, when something came back to the one in the meantime."""
    last = session.scalar(
        select(func.max(Transfer.cause_part)).where(
            Transfer.workspace_id == required_workspace(),
            Transfer.cause_kind == cause.kind,
            Transfer.cause_id == cause.id,
        )
    )
    return cause.part if last is None else last + 1
