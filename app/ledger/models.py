"""Books and the transfers between them; nobody outside the ledger touches these tables."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.errors import explain
from app.core.models import Base, Stream, Tenant, ref
from app.core.tenancy import required_workspace

MOST = 10**15


class Holding(Tenant):
    """All that one owner has of one unit; whoever moves any of it locks this row first.

    It is made with the owner's first book. The platform has none, so that no row is hot.
    """

    owner_kind: Mapped[str]
    owner_id: Mapped[UUID]
    unit: Mapped[str]
    # The sum of the available books, and how many entries the owner's statement has.
    available: Mapped[int] = mapped_column(BigInteger, server_default="0")
    entries: Mapped[int] = mapped_column(BigInteger, server_default="0")

    __table_args__ = (
        UniqueConstraint("workspace_id", "owner_kind", "owner_id", "unit", name="holding_once"),
        # Without the balance, which changes with every transfer: a new one touches no index.
        Index("ix_holding_unit", "workspace_id", "unit", "id"),
    )


class AccountBook(Tenant):
    """One unit of one owner, by where it comes from and what it is for. Balances are written by the database alone.

    What never changes is checked by a trigger as the book is opened: a CHECK is asked again at every transfer, and five
    of them cost more than all else that a transfer does to its book.
    """

    owner_kind: Mapped[str]
    owner_id: Mapped[UUID]
    unit: Mapped[str]
    provenance: Mapped[str]
    purpose: Mapped[str]
    # The platform's books keep none, so that no row is hot: their balance is the sum of their transfers.
    keeps_balance: Mapped[bool]
    holding_id: Mapped[UUID | None] = ref("holding", nullable=True)
    balance: Mapped[int] = mapped_column(BigInteger, server_default="0")
    # How much of the balance lies in lots that expire.
    expiring: Mapped[int] = mapped_column(BigInteger, server_default="0")
    lifetime_in: Mapped[int] = mapped_column(BigInteger, server_default="0")
    lifetime_out: Mapped[int] = mapped_column(BigInteger, server_default="0")

    __table_args__ = (
        UniqueConstraint(
            *("workspace_id", "owner_kind", "owner_id", "unit", "provenance", "purpose"), name="account_book_once"
        ),
        UniqueConstraint("workspace_id", "id", "unit", name="account_book_of_unit"),
        Index("ix_account_book_holding", "workspace_id", "holding_id"),
        CheckConstraint("balance >= 0", name="account_book_not_overdrawn"),
        CheckConstraint("expiring BETWEEN 0 AND greatest(balance, 0)", name="account_book_lots_within_balance"),
    )


class Transfer(Stream):
    """An amount that moved from one book to another; written once.

    Its form (how much at most, the words of its kind and cause) is checked by the trigger that weighs it: as so many
    CHECKs it would take longer.
    """

    from_book: Mapped[UUID]
    to_book: Mapped[UUID]
    unit: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str]
    cause_kind: Mapped[str]
    cause_id: Mapped[str]
    cause_part: Mapped[int] = mapped_column(SmallInteger, default=0)
    reverses: Mapped[UUID | None] = ref("transfer", nullable=True)
    # How much of the amount expires, and when: a list of {"expires_at", "amount"}.
    lots: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    # What follows is written by the trigger under the locks on both owners' holdings: its place in the order of all
    # transfers, and for each side the holding, the book's balance, the owner's available total, and the running number
    # among the owner's entries. Empty on the side of the platform.
    number: Mapped[int] = mapped_column(BigInteger)
    from_holding: Mapped[UUID | None]
    to_holding: Mapped[UUID | None]
    from_after: Mapped[int | None] = mapped_column(BigInteger)
    to_after: Mapped[int | None] = mapped_column(BigInteger)
    from_total_after: Mapped[int | None] = mapped_column(BigInteger)
    to_total_after: Mapped[int | None] = mapped_column(BigInteger)
    from_entry: Mapped[int | None] = mapped_column(BigInteger)
    to_entry: Mapped[int | None] = mapped_column(BigInteger)
    # `metadata` is SQLAlchemy's own word.
    details: Mapped[dict[str, Any]] = mapped_column("metadata", default=dict)

    __table_args__ = (
        ForeignKeyConstraint(
            ["workspace_id", "from_book", "unit"],
            ["account_book.workspace_id", "account_book.id", "account_book.unit"],
            name="transfer_from_book_of_unit",
        ),
        ForeignKeyConstraint(
            ["workspace_id", "to_book", "unit"],
            ["account_book.workspace_id", "account_book.id", "account_book.unit"],
            name="transfer_to_book_of_unit",
        ),
        CheckConstraint("amount > 0", name="transfer_amount_positive"),
        UniqueConstraint("workspace_id", "cause_kind", "cause_id", "cause_part", name="transfer_cause_once"),
        Index(
            "transfer_reversed_once",
            "workspace_id",
            "reverses",
            unique=True,
            postgresql_where=text("reverses IS NOT NULL"),
        ),
        Index("ix_transfer_kind", "workspace_id", "unit", "kind", "number"),
        *(
            Index(
                f"ix_transfer_{side}",
                *("workspace_id", f"{side}_holding", "number"),
                postgresql_where=text(f"{side}_holding IS NOT NULL"),
            )
            for side in ("from", "to")
        ),
    )


class PointLot(Base):
    """What of a book expires at one moment."""

    workspace_id: Mapped[UUID] = mapped_column(primary_key=True, default=required_workspace)
    book_id: Mapped[UUID] = ref("account_book", primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(primary_key=True)
    remaining: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint("remaining >= 0", name="point_lot_not_overdrawn"),
        Index("ix_point_lot_due", "expires_at", postgresql_where=text("remaining > 0")),
    )


_SPENT = ("insufficient_points", "There is not so much left.")
for _rule in ("account_book_not_overdrawn", "point_lot_not_overdrawn"):
    explain(_rule, *_SPENT)
explain("account_book_lots_within_balance", "lots_not_named", "Say which of the points that expire are taken.")
explain(
    "transfer_lots_within_amount", "lots_not_valid", "The expiring parts of a transfer are no more than its amount."
)
explain(
    "account_book_owner_kind_known", "owner_not_valid", "An owner is a person, a workspace or the platform.", status=422
)
explain("account_book_purpose_known", "purpose_not_valid", "A book is available, pending or reserved.", status=422)
explain("account_book_platform_keeps_no_balance", "keeps_not_valid", "All but the platform's books keep a balance.")
explain("account_book_unit_form", "unit_not_valid", "A unit is points of an app, or a currency.", status=422)
explain("account_book_provenance_form", "provenance_not_valid", "A provenance is a word in small letters.", status=422)
explain("transfer_amount_positive", "amount_not_valid", "An amount is at least 1.", field="amount", status=422)
explain("transfer_amount_bounded", "amount_not_valid", f"An amount is at most {MOST}.", field="amount", status=422)
explain("transfer_kind_form", "kind_not_valid", "A kind is a word in small letters.", status=422)
explain(
    "transfer_cause_length", "cause_not_valid", "A cause has a kind of 1 to 40 characters and an id of at most 255."
)
explain("transfer_between_two_books", "same_book", "An amount moves from one book to another.")
for _side in ("from", "to"):
    explain(f"transfer_{_side}_book_of_unit", "book_unknown", "There is no such book of this unit in this workspace.")
explain("transfer_cause_once", "cause_used", "This was booked already.")
explain("transfer_reversed_once", "already_reversed", "This was reversed already.")
explain("transfer_reversal_names_its_transfer", "reversal_unnamed", "A reversal names what it reverses.")
explain(
    "transfer_reversal_goes_back",
    "not_reversible",
    "A reversal goes the way back of one transfer that is none itself, with no more than it moved.",
)
explain("transfer_ad_points_stay", "ad_points_stay", "Points earned by ads cannot be given to another person.")
explain(
    "transfer_merge_within_one_person",
    "not_joined",
    "A balance is moved this way only among the parts of one joined person.",
)
explain(
    "transfer_one_at_a_time",
    "one_at_a_time",
    "Two transfers of one owner are two statements; nothing of it was booked.",
)
explain("transfer_append_only", "written_once", "A transfer is written once. Reverse it instead.")
