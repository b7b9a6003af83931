"""How much somebody has."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from app.core.clock import now
from app.core.db import session
from app.core.tenancy import required_workspace
from app.ledger.entries import Balance
from app.ledger.models import AccountBook, PointLot


@dataclass(frozen=True)
class _Book:
    owner_id: UUID
    provenance: str
    purpose: str
    left: int
    earned: int


def balance(owner_ids: Collection[UUID], unit: str) -> Balance:
    """What one owner has, a joined person by all their ids; what is due to expire is theirs no more."""
    return _summed(_books(owner_ids, unit))


def balances(owner_ids: Collection[UUID], unit: str) -> Mapping[UUID, Balance]:
    """What each of several owners has, those without a book left out."""
    by_owner: dict[UUID, list[_Book]] = {}
    for book in _books(owner_ids, unit):
        by_owner.setdefault(book.owner_id, []).append(book)
    return {owner_id: _summed(books) for owner_id, books in by_owner.items()}


def _books(owner_ids: Collection[UUID], unit: str) -> list[_Book]:
    due = (
        select(func.sum(PointLot.remaining))
        .where(
            PointLot.workspace_id == AccountBook.workspace_id,
            PointLot.book_id == AccountBook.id,
            PointLot.expires_at <= now(),
            AccountBook.expiring > 0,
        )
        .scalar_subquery()
    )
    query = select(
        AccountBook.owner_id,
        AccountBook.provenance,
        AccountBook.purpose,
        AccountBook.balance - func.coalesce(due, 0),
        AccountBook.lifetime_in,
    ).where(
        AccountBook.workspace_id == required_workspace(),
        AccountBook.owner_kind.in_(("person", "workspace")),
        AccountBook.unit == unit,
        AccountBook.owner_id.in_(owner_ids),
    )
    return [
        _Book(owner_id, provenance, purpose, int(left), earned)
        for owner_id, provenance, purpose, left, earned in session.execute(query)
    ]


def _summed(books: Iterable[_Book]) -> Balance:
    by_provenance: dict[str, int] = {}
    earned = 0
    for book in books:
        earned += book.earned
        if book.purpose == "available" and book.left:
            by_provenance[book.provenance] = by_provenance.get(book.provenance, 0) + book.left
    return Balance(sum(by_provenance.values()), earned, dict(sorted(by_provenance.items())))
