"""Booking out what expired."""

from collections.abc import Sequence
from typing import cast

from sqlalchemy import and_, select

from app.core.clock import now
from app.core.db import session
from app.core.ids import new_id
from app.core.tenancy import required_workspace
from app.ledger import signals
from app.ledger.entries import EXPIRED, PLATFORM, Cause, Owner, OwnerKind
from app.ledger.models import AccountBook, PointLot
from app.ledger.operations.posting import Key, Posting, books_under_lock, post
from app.ledger.operations.turns import in_turn

OWNERS_AT_ONCE = 100


def expire_due(most: int = OWNERS_AT_ONCE) -> int:
    """Book out what is due of some owners, and say of how many books; zero when nothing is due."""
    owners = _owners_with_due(most)
    return in_turn(lambda: _expire(owners)) if owners else 0


def _expire(owners: Sequence[Owner]) -> int:
    """Under all their locks, what another run booked out meanwhile is no longer there."""
    expired = []
    at = now()
    for book in books_under_lock(owners):
        due = book.due(at)
        if not due:
            continue
        sink = Key(PLATFORM, book.unit, EXPIRED)
        amount = sum(remaining for _, remaining in due)
        # A lot may expire again, when a spend was reversed late: the cause is this one time.
        booked = post(Posting(book, sink, amount, "expiry", Cause("expiry", str(new_id())), {}, due))
        expired += [entry for entry in booked or () if entry]
    if expired:
        signals.points_expired.send(None, entries=expired)
    return len(expired)


def _owners_with_due(most: int) -> list[Owner]:
    query = (
        select(AccountBook.owner_kind, AccountBook.owner_id)
        .join(PointLot, and_(PointLot.workspace_id == AccountBook.workspace_id, PointLot.book_id == AccountBook.id))
        .where(AccountBook.workspace_id == required_workspace(), PointLot.remaining > 0, PointLot.expires_at <= now())
        .distinct()
        .limit(most)
    )
    return [Owner(cast(OwnerKind, kind), owner_id) for kind, owner_id in session.execute(query)]
