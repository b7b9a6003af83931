"""The tables that every feature leans on."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.crypto import Sealed
from app.core.models import Base, Changing, Global, Tenant, choice


class AuditEntry(Tenant):
    """What was done, by whom, to what; never changed (month partitions by id)."""

    actor_kind: Mapped[str] = choice("account", "key", "staff", "system")
    actor_id: Mapped[UUID | None]
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    ip_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)

    __table_args__ = (
        Index("ix_audit_entry_subject", "subject_id", "id"),
        Index("ix_audit_entry_newest", "id"),
        Index("ix_audit_entry_actor", "actor_id", "id"),
        Index("ix_audit_entry_action", "action", "id", postgresql_ops={"action": "text_pattern_ops"}),
        Index("ix_audit_entry_workspace_action", "workspace_id", "action", "id"),
        {"postgresql_partition_by": "RANGE (id)"},
    )


class OutboxMessage(Tenant, Changing):
    """Something to be told to the outside, written in the transaction that caused it."""

    channel: Mapped[str] = choice("email", "webhook")
    # What the channel knows the other side by, where it keeps something about it: a webhook's endpoint.
    target_id: Mapped[UUID | None]
    destination: Mapped[str] = mapped_column(Sealed("outbox_message.destination"))
    payload: Mapped[str] = mapped_column(Sealed("outbox_message.payload"))
    status: Mapped[str] = choice("waiting", "sent", "failed", default="waiting")
    attempts: Mapped[int] = mapped_column(SmallInteger, default=0)
    next_attempt_at: Mapped[datetime | None]
    claimed_until: Mapped[datetime | None]
    last_error: Mapped[str | None]
    sent_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("(status = 'waiting') = (next_attempt_at IS NOT NULL)", name="outbox_message_waits_for_a_time"),
        CheckConstraint("(status = 'sent') = (sent_at IS NOT NULL)", name="outbox_message_sent_has_time"),
        CheckConstraint("claimed_until IS NULL OR status = 'waiting'", name="outbox_message_claimed_is_waiting"),
        Index(
            "ix_outbox_message_due",
            "workspace_id",
            "channel",
            "next_attempt_at",
            postgresql_where=text("status = 'waiting'"),
        ),
        Index(
            "ix_outbox_message_target",
            "workspace_id",
            "target_id",
            "status",
            "id",
            postgresql_where=text("target_id IS NOT NULL"),
        ),
        Index("ix_outbox_message_status", "workspace_id", "status", "id"),
        Index("ix_outbox_message_newest", "id"),
        Index("ix_outbox_message_failed", "id", postgresql_where=text("status = 'failed'")),
    )


class IdempotencyKey(Tenant):
    """A stored reply, so that a repeated request has one effect."""

    key_hash: Mapped[bytes] = mapped_column(LargeBinary)
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int] = mapped_column(SmallInteger)
    reply: Mapped[str] = mapped_column(Sealed("idempotency_key.reply"))
    finished_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("workspace_id", "key_hash", name="idempotency_key_once"),)


class PublicLink(Global):
    """A slug that strangers bring back, and the workspace it leads into."""

    slug: Mapped[str] = mapped_column(unique=True)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspace.id"), index=True)
    kind: Mapped[str]
    target_id: Mapped[UUID]

    __table_args__ = (CheckConstraint("slug ~ '^[A-Za-z0-9_-]{4,64}$'", name="public_link_slug_form"),)


class PlatformSetting(Base, Changing):
    """What staff decided for the whole installation."""

    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]]


class ScheduledRun(Base):
    """One row for each time a schedule line was due, so that two loops run it once."""

    job: Mapped[str] = mapped_column(primary_key=True)
    due_at: Mapped[datetime] = mapped_column(primary_key=True)


class RateCount(Base):
    """How often something happened in a window; counted here while Redis is away."""

    name: Mapped[str] = mapped_column(primary_key=True)
    key_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    window_ends_at: Mapped[datetime] = mapped_column(primary_key=True)
    hits: Mapped[int]
