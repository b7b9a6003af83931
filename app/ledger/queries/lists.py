"""The books of whole units: who holds how much, and all that was booked, newest first, however it is narrowed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Select, Text, cast, column, exists, func, select, true, values
from sqlalchemy.orm import aliased

from app.core.db import session
from app.core.ids import first_id_at
from app.core.tenancy import required_workspace
from app.ledger.entries import Entry, Owner
from app.ledger.lots import Lots, of_json
from app.ledger.models import AccountBook, Holding, Transfer
from app.ledger.queries.statements import entries_by_id, number_of

MOST_ALIKE = 50
LONGEST_TRANSACTION = timedelta(minutes=3)

_from, _to = aliased(AccountBook), aliased(AccountBook)


@dataclass(frozen=True)
class Outstanding:
    """What all people together hold of a unit, and how many they are."""

    unit: str
    balance: int
    holders: int


@dataclass(frozen=True)
class Side:
    """What a transfer did to one of its two books; the platform's keep no balance."""

    owner: Owner
    provenance: str
    purpose: str
    change: int
    after: int | None


def outstanding(units: Collection[str]) -> dict[str, Outstanding]:
    """What people hold of each unit; a unit of which nobody holds anything is left out."""
    query = (
        select(Holding.unit, cast(func.sum(Holding.available), BigInteger), func.count())
        .where(*_held(units))
        .group_by(Holding.unit)
    )
    return {unit: Outstanding(unit, balance, holders) for unit, balance, holders in session.execute(query)}


def holdings(units: Collection[str], owner_ids: Collection[UUID] | None = None) -> Select[UUID, str, int, UUID]:
    """The holdings of people who hold anything, for lists that are sorted and paged: owner, unit, balance, id."""
    query = select(Holding.owner_id, Holding.unit, Holding.available, Holding.id).where(*_held(units))
    return query if owner_ids is None else query.where(Holding.owner_id.in_(owner_ids))


def has_books(person_id: UUID) -> bool:
    """Whether anything was ever booked for a person: most who are joined came without."""
    held = exists().where(
        Holding.workspace_id == required_workspace(), Holding.owner_kind == "person", Holding.owner_id == person_id
    )
    return bool(session.scalar(select(held)))


def last_changes(holding_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """When something was last booked in each of these holdings."""
    found: dict[UUID, datetime] = {}
    for ours in (Transfer.from_holding, Transfer.to_holding):
        last = (
            select(Transfer.created_at)
            .where(Transfer.workspace_id == required_workspace(), ours == Holding.id)
            .order_by(Transfer.number.desc())
            .limit(1)
            .scalar_subquery()
        )
        query = select(Holding.id, last).where(
            Holding.workspace_id == required_workspace(), Holding.id.in_(holding_ids)
        )
        for holding_id, at in session.execute(query):
            if at is not None:
                found[holding_id] = max(at, found.get(holding_id, at))
    return found


def entries_of_units(
    units: Collection[str],
    kinds: Collection[str],
    *,
    most: int,
    before: UUID | None = None,
    after: UUID | None = None,
) -> list[Entry]:
    """What was booked of these kinds, newest first: below the entry `before`, or next above the entry `after`."""
    if not units or not kinds:
        return []
    # One short walk along the index for each unit and kind, so that the rare is found as quickly as the frequent.
    runs = values(column("unit", Text), column("kind", Text), name="runs").data(
        [(unit, kind) for unit in units for kind in kinds]
    )
    order = Transfer.number.asc() if after else Transfer.number.desc()
    run = (
        select(Transfer.id, Transfer.number)
        .where(
            Transfer.workspace_id == required_workspace(),
            Transfer.unit == runs.c.unit,
            Transfer.kind == runs.c.kind,
            *([Transfer.number < number_of(before)] if before else []),
            *([Transfer.number > number_of(after)] if after else []),
        )
        .order_by(order)
        .limit(most)
        .lateral()
    )
    nearest = run.c.number.asc() if after else run.c.number.desc()
    ids = session.scalars(select(run.c.id).select_from(runs.join(run, true())).order_by(nearest).limit(most)).all()
    return entries_by_id(ids)


def entries_like(entry: Entry) -> list[Entry]:
    """What was booked in the same way for the same cause: a spend draws on several books."""
    same = (Transfer.cause_kind == entry.cause.kind, Transfer.cause_id == entry.cause.id, Transfer.kind == entry.kind)
    ids = select(Transfer.id).where(Transfer.workspace_id == required_workspace(), *same, Transfer.unit == entry.unit)
    return entries_by_id(session.scalars(ids.order_by(Transfer.number.desc()).limit(MOST_ALIKE)).all())


def first_booked_after(moment: datetime) -> UUID | None:
    """Some transfer of the workspace that was booked later; from there on down, a statement is read as of a time."""
    # A transfer is dated by the beginning of its transaction, and none lasts longer than this.
    later = first_id_at(moment + LONGEST_TRANSACTION)
    query = select(Transfer.id).where(Transfer.workspace_id == required_workspace(), Transfer.id >= later)
    return session.scalar(query.order_by(Transfer.id).limit(1))


def sides_of(transfer_id: UUID) -> tuple[Side, Side, Lots]:
    """Both sides of a transfer, and what of it expires when."""
    transfer, source, target = session.execute(
        select(Transfer, _from, _to)
        .join(_from, (_from.workspace_id == Transfer.workspace_id) & (_from.id == Transfer.from_book))
        .join(_to, (_to.workspace_id == Transfer.workspace_id) & (_to.id == Transfer.to_book))
        .where(Transfer.workspace_id == required_workspace(), Transfer.id == transfer_id)
    ).one()
    return (
        _side(source, -transfer.amount, transfer.from_after),
        _side(target, transfer.amount, transfer.to_after),
        of_json(transfer.lots),
    )


def _held(units: Collection[str]) -> Sequence[ColumnElement[bool]]:
    return [
        Holding.workspace_id == required_workspace(),
        Holding.owner_kind == "person",
        Holding.unit.in_(units),
        Holding.available > 0,
    ]


def _side(book: AccountBook, change: int, after: int | None) -> Side:
    return Side(Owner(book.owner_kind, book.owner_id), book.provenance, book.purpose, change, after)  # type: ignore[arg-type]
