"""The books of whole units: who holds how much, and all that was booked, newest first, however it is narrowed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Select, cast, exists, func, select, text
from sqlalchemy.orm import aliased

from app.core.db import session
from app.core.ids import first_id_at
from app.core.tenancy import required_workspace
from app.ledger.entries import Entry, Owner
from app.ledger.lots import Lots, of_json
from app.ledger.models import AccountBook, Holding, Transfer
from app.ledger.queries.statements import entries_by_id, number_of

MOST_ALIKE = 50
BEYOND_ALL = 2**63 - 1
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
    bound = after or before
    asked = {
        "here": required_workspace(),
        "units": list(units),
        "kinds": list(kinds),
        "most": most,
        "bound": number_of(bound) if bound else BEYOND_ALL,
    }
    found = session.execute(_UPWARDS if after else _DOWNWARDS, asked)
    return entries_by_id(found.scalars().all())


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


# One short walk along the index for each unit and kind, so that the rare is found as quickly as the frequent.
_WALK = """
    SELECT run.id
      FROM unnest(CAST(:units AS text[])) AS u(unit), unnest(CAST(:kinds AS text[])) AS k(kind),
           LATERAL (SELECT t.id, t.number FROM transfer t
                     WHERE t.workspace_id = :here AND t.unit = u.unit AND t.kind = k.kind
                       AND t.number {beyond} CAST(:bound AS bigint)
                     ORDER BY t.number {order} LIMIT :most) run
     ORDER BY run.number {order} LIMIT :most
"""
_DOWNWARDS = text(_WALK.format(beyond="<", order="DESC"))
_UPWARDS = text(_WALK.format(beyond=">", order="ASC"))
