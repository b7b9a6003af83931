"""Events as they came, what waits to be worked off, what each caused, and what could not be taken."""

from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.ids import new_id
from app.core.models import Stream, choice

KINDS = ("track", "page", "screen", "identify", "group", "alias")
TRUSTS = ("server", "browser", "network")
SHARDS = 16
LONGEST_NAME = 200


class Event(Stream):
    """Something a person did; never changed, but that erasing a person blanks it (month partitions by id)."""

    app_id: Mapped[UUID]
    message_id: Mapped[str]
    kind: Mapped[str] = choice(*KINDS)
    name: Mapped[str]
    user_id: Mapped[str | None]
    anonymous_id: Mapped[str | None]
    session_id: Mapped[str | None]
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime]
    trust: Mapped[str] = choice(*TRUSTS)
    context: Mapped[dict[str, Any]]
    properties: Mapped[dict[str, Any]]
    country: Mapped[str | None]
    ip_hash: Mapped[bytes | None] = mapped_column(LargeBinary)

    __table_args__ = (
        CheckConstraint(f"length(name) BETWEEN 1 AND {LONGEST_NAME}", name="event_name_length"),
        Index("ix_event_app", "workspace_id", "app_id", "id"),
        Index("ix_event_name", "workspace_id", "app_id", "name", "id"),
        Index("ix_event_user", "workspace_id", "user_id", "id", postgresql_where=text("user_id IS NOT NULL")),
        Index(
            "ix_event_anonymous",
            "workspace_id",
            "anonymous_id",
            "id",
            postgresql_where=text("anonymous_id IS NOT NULL"),
        ),
        {"postgresql_partition_by": "RANGE (id)"},
    )


class EventKey(Stream):
    """By what an event is known for 35 days: its id is a hash of the app and the message id."""

    event_id: Mapped[UUID]
    received_at: Mapped[datetime]

    @staticmethod
    def of(app_id: UUID, message_id: str) -> bytes:
        """By what an event of an app is known again: the bytes of the id."""
        return blake2b(app_id.bytes + message_id.encode(), digest_size=16).digest()

    __table_args__ = (Index("ix_event_key_received", "received_at", postgresql_using="brin"),)


class EventQueue(Stream):
    """An event that waits to be worked off; its id is the event's."""

    shard: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False, sort_order=-10)
    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-9)

    __table_args__ = (CheckConstraint(f"shard BETWEEN 0 AND {SHARDS - 1}", name="event_queue_shard_known"),)


class EventEffect(Stream):
    """What an event caused, or why nothing; its id is the event's (month partitions by id)."""

    id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-10)
    subscriber: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)

    __table_args__ = ({"postgresql_partition_by": "RANGE (id)"},)


class EventFailure(Stream):
    """An event that a subscriber could not work off, set aside until somebody retries it."""

    event_id: Mapped[UUID]
    subscriber: Mapped[str]
    error: Mapped[str]
    retried_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "event_failure_open_once",
            "workspace_id",
            "event_id",
            unique=True,
            postgresql_where=text("settled_at IS NULL"),
        ),
        Index("ix_event_failure_event", "workspace_id", "event_id"),
    )


class EventRejection(Stream):
    """Something that was sent as an event and could not be taken, and why."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id, sort_order=-10)
    app_id: Mapped[UUID]
    trust: Mapped[str] = choice(*TRUSTS)
    code: Mapped[str]
    message: Mapped[str]
    name: Mapped[str | None]
    # The beginning of what was sent, as it can be stored.
    excerpt: Mapped[str]

    __table_args__ = (
        CheckConstraint("length(excerpt) <= 2000", name="event_rejection_excerpt_length"),
        Index("ix_event_rejection_app", "workspace_id", "app_id", "id"),
        Index("ix_event_rejection_code", "workspace_id", "code", "id"),
    )
