"""Books and the transfers between them; nobody outside the ledger touches these tables."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.errors import explain
from app.core.models import Changing, Stream, Tenant, choice, ref

OWNER_KINDS = ("person", "workspace", "platform")
PURPOSES = ("available", "pending", "reserved")


class AccountBook(Tenant, Changing):
    """One unit of one owner, by where it comes from and what it is for. Balances are written by the database alone."""

    owner_kind: Mapped[str] = choice(*OWNER_KINDS)
    owner_id: Mapped[UUID]
    unit: Mapped[str]
    provenance: Mapped[str]
    purpose: Mapped[str] = choice(*PURPOSES)
    # The platform's books keep none, so that no row is hot: their balance is the sum of their transfers.
    keeps_balance: Mapped[bool]
    balance: Mapped[int] = mapped_column(BigInteger, server_default="0")
    lifetime_in: Mapped[int] = mapped_column(BigInteger, server_default="0")
    lifetime_out: Mapped[int] = mapped_column(BigInteger, server_default="0")
    # How many transfers touched it.
    entries: Mapped[int] = mapped_column(BigInteger, server_default="0")

    __table_args__ = (
        UniqueConstraint(
            *("workspace_id", "owner_kind", "owner_id", "unit", "provenance", "purpose"), name="account_book_once"
        ),
        UniqueConstraint("workspace_id", "id", "unit", name="account_book_of_unit"),
        CheckConstraint("balance >= 0", name="account_book_not_overdrawn"),
        CheckConstraint("keeps_balance = (owner_kind <> 'platform')", name="account_book_platform_keeps_no_balance"),
        CheckConstraint("unit ~ '^(points:[0-9a-f-]{36}|[A-Z]{3})$'", name="account_book_unit_form"),
        CheckConstraint("provenance ~ '^[a-z][a-z_]{0,39}$'", name="account_book_provenance_form"),
    )


class Transfer(Stream):
    """An amount that moved from one book to another; written once."""

    from_book: Mapped[UUID]
    to_book: Mapped[UUID]
    unit: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str]
    cause_kind: Mapped[str]
    cause_id: Mapped[str]
    cause_part: Mapped[int] = mapped_column(SmallInteger, default=0)
    reverses: Mapped[UUID | None] = ref("transfer", nullable=True)
    # Written by the trigger under the lock on both owners' books: the book's balance, the owner's total of available
    # books, and the running number among the owner's entries. Empty on the side of the platform.
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
        CheckConstraint("from_book <> to_book", name="transfer_between_two_books"),
        UniqueConstraint("workspace_id", "cause_kind", "cause_id", "cause_part", name="transfer_cause_once"),
        Index(
            "transfer_reversed_once",
            "workspace_id",
            "reverses",
            unique=True,
            postgresql_where=text("reverses IS NOT NULL"),
        ),
        Index(
            "ix_transfer_from",
            "workspace_id",
            "from_book",
            "from_entry",
            postgresql_where=text("from_entry IS NOT NULL"),
        ),
        Index("ix_transfer_to", "workspace_id", "to_book", "to_entry", postgresql_where=text("to_entry IS NOT NULL")),
    )


class PointLot(Tenant, Changing):
    """What is left of a credit that expires."""

    transfer_id: Mapped[UUID] = ref("transfer")
    book_id: Mapped[UUID] = ref("account_book")
    remaining: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("workspace_id", "transfer_id", name="point_lot_once"),
        CheckConstraint("remaining >= 0", name="point_lot_not_overdrawn"),
        Index("ix_point_lot_book", "workspace_id", "book_id", "expires_at", postgresql_where=text("remaining > 0")),
        Index("ix_point_lot_due", "expires_at", postgresql_where=text("remaining > 0")),
    )


explain("account_book_not_overdrawn", "insufficient_balance", "There is not so much left in this book.")
explain("transfer_cause_once", "cause_used", "This was booked already.")
explain("transfer_reversed_once", "already_reversed", "This was reversed already.")
explain("transfer_ad_points_stay", "ad_points_stay", "Points earned by ads cannot be given to another person.")
