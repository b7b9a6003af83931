"""Statements: what was booked for somebody, newest first, in the order in which it was booked."""

from collections.abc import Collection, Sequence
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, literal, or_, select
from sqlalchemy.orm import aliased

from app.core.db import session
from app.core.errors import Missing
from app.core.tenancy import required_workspace
from app.ledger.entries import Cause, Entry, Owner
from app.ledger.models import AccountBook, Holding, Transfer

Side = Literal["from", "to"]
USUAL = 20

_other = aliased(AccountBook)
_reversal = aliased(Transfer)


def entries_of(
    owner_ids: Collection[UUID],
    unit: str,
    *,
    limit: int = USUAL,
    before: UUID | None = None,
    after: UUID | None = None,
) -> list[Entry]:
    """A part of an owner's statement, newest first: below the entry `before`, or next above the entry `after`.

    A joined person is all their ids: what moved among them is left out, and the balance is of all of them together.
    """
    holdings = _holdings_of(owner_ids, unit)
    if not holdings:
        return []
    bounds = [Transfer.number < number_of(before)] if before else []
    bounds += [Transfer.number > number_of(after)] if after else []
    upwards = after is not None and before is None
    sides = [
        side.limit(limit)
        for holding in holdings
        for side in (_side("from", holding, holdings, bounds, upwards), _side("to", holding, holdings, bounds, upwards))
    ]
    union = sides[0].union_all(*sides[1:]).subquery()
    order = (union.c.number, union.c.entry) if upwards else (union.c.number.desc(), union.c.entry.desc())
    found = session.execute(select(union).order_by(*order).limit(limit)).all()
    found = found[::-1] if upwards else found
    return _with_joint_balance(found, holdings) if len(holdings) > 1 else [_entry(row) for row in found]


def entries_by_id(ids: Collection[UUID]) -> list[Entry]:
    """These transfers, newest first, each as who received it sees it, or else who gave it."""
    received = _seen_from("to", and_(Transfer.id.in_(ids), Transfer.to_holding.is_not(None)))
    given = _seen_from(
        "from", and_(Transfer.id.in_(ids), Transfer.to_holding.is_(None), Transfer.from_holding.is_not(None))
    )
    union = received.union_all(given).subquery()
    return [_entry(row) for row in session.execute(select(union).order_by(union.c.number.desc()))]


def entry(transfer_id: UUID) -> Entry:
    """One transfer, as who received it sees it, or else who gave it."""
    found = entries_by_id([transfer_id])
    if not found:
        raise Missing("transaction_unknown", "There is no such transaction.")
    return found[0]


def entry_caused_by(cause: Cause) -> Entry | None:
    """What was booked for a cause."""
    caused = select(Transfer.id).where(
        Transfer.workspace_id == required_workspace(),
        Transfer.cause_kind == cause.kind,
        Transfer.cause_id == cause.id,
        Transfer.cause_part == cause.part,
    )
    found = entries_by_id(list(session.scalars(caused)))
    return found[0] if found else None


def entries_caused_by(cause: Cause, parts: Collection[int]) -> list[Entry]:
    """What was booked for the parts of a cause, as who gave it sees it."""
    caused = and_(Transfer.cause_kind == cause.kind, Transfer.cause_id == cause.id, Transfer.cause_part.in_(parts))
    rows = session.execute(_seen_from("from", caused).order_by(Transfer.cause_part)).all()
    return [_entry(row) for row in rows]


def _holdings_of(owner_ids: Collection[UUID], unit: str) -> list[UUID]:
    query = select(Holding.id).where(
        Holding.workspace_id == required_workspace(),
        Holding.owner_kind.in_(("person", "workspace")),
        Holding.owner_id.in_(owner_ids),
        Holding.unit == unit,
    )
    return list(session.scalars(query))


def number_of(transfer_id: UUID) -> int:
    """A transfer's place in the order of all."""
    number = session.scalar(
        select(Transfer.number).where(Transfer.workspace_id == required_workspace(), Transfer.id == transfer_id)
    )
    if number is None:
        raise Missing("transaction_unknown", "There is no such transaction.")
    return number


def _seen_from(side: Side, which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Transfers with their books on one side, as columns that both sides share."""
    out = side == "from"
    query: Select[*tuple[Any, ...]] = (
        select(
            Transfer.id,
            Transfer.number,
            (Transfer.from_entry if out else Transfer.to_entry).label("entry"),
            (-Transfer.amount if out else Transfer.amount).label("change"),
            (Transfer.from_total_after if out else Transfer.to_total_after).label("total"),
            Transfer.unit,
            Transfer.kind,
            Transfer.cause_kind,
            Transfer.cause_id,
            Transfer.cause_part,
            Transfer.details,
            Transfer.created_at,
            Transfer.reverses,
            _reversal.id.label("reversed_by"),
            AccountBook.owner_kind,
            AccountBook.owner_id,
            AccountBook.provenance,
            literal(side).label("side"),
        )
        .join(
            AccountBook,
            and_(
                AccountBook.workspace_id == Transfer.workspace_id,
                AccountBook.id == (Transfer.from_book if out else Transfer.to_book),
            ),
        )
        .outerjoin(_reversal, and_(_reversal.workspace_id == Transfer.workspace_id, _reversal.reverses == Transfer.id))
        .where(Transfer.workspace_id == required_workspace(), which)
    )
    return query


def _side(
    side: Side, holding: UUID, holdings: Sequence[UUID], bounds: Sequence[ColumnElement[bool]], upwards: bool
) -> Select[*tuple[Any, ...]]:
    """One holding's entries of one side; the other side is another holding's, or nothing is left out."""
    ours = Transfer.from_holding if side == "from" else Transfer.to_holding
    theirs = Transfer.to_holding if side == "from" else Transfer.from_holding
    among = and_(theirs.in_(holdings), theirs != holding)
    query = _seen_from(side, and_(ours == holding, or_(theirs.is_(None), ~among), *bounds))
    # Statements tell what can be spent: what is pending or reserved comes and goes elsewhere.
    return query.where(AccountBook.purpose == "available").order_by(
        Transfer.number.asc() if upwards else Transfer.number.desc()
    )


def _with_joint_balance(found: Sequence[Row[Any]], holdings: Sequence[UUID]) -> list[Entry]:
    """Count down from what all of them had together at the newest entry."""
    entries: list[Entry] = []
    total = _joint_total(holdings, found[0].number) if found else 0
    for row in found:
        entries.append(_entry(row, total))
        total -= row.change
    return entries


def _joint_total(holdings: Sequence[UUID], number: int) -> int:
    total = 0
    for holding in holdings:
        sides = [
            select(Transfer.number, entry_number.label("entry"), after.label("total"))
            .where(Transfer.workspace_id == required_workspace(), ours == holding, Transfer.number <= number)
            .order_by(Transfer.number.desc())
            .limit(1)
            for ours, entry_number, after in (
                (Transfer.from_holding, Transfer.from_entry, Transfer.from_total_after),
                (Transfer.to_holding, Transfer.to_entry, Transfer.to_total_after),
            )
        ]
        last = sides[0].union_all(sides[1]).subquery()
        total += session.scalar(select(last.c.total).order_by(last.c.number.desc(), last.c.entry.desc()).limit(1)) or 0
    return total


def _entry(row: Row[Any], balance_after: int | None = None) -> Entry:
    return Entry(
        id=row.id,
        owner=Owner(row.owner_kind, row.owner_id),
        unit=row.unit,
        points_change=row.change,
        balance_after=row.total if balance_after is None else balance_after,
        kind=row.kind,
        provenance=row.provenance,
        cause=Cause(row.cause_kind, row.cause_id, row.cause_part),
        at=row.created_at,
        number=row.number,
        details=row.details,
        reverses=row.reverses,
        reversed_by=row.reversed_by,
    )
