"""Where a developer wants to be told what happened, and each attempt at telling."""

from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.crypto import Sealed
from app.core.models import Changing, Tenant, choice, ref


class WebhookEndpoint(Tenant, Changing):
    """An address of a developer's server, and which happenings it is told."""

    url: Mapped[str]
    description: Mapped[str | None]
    types: Mapped[list[str]]
    secret: Mapped[str] = mapped_column(Sealed("webhook_endpoint.secret"))
    # While a rotation's overlap lasts, messages are signed with both.
    old_secret: Mapped[str | None] = mapped_column(Sealed("webhook_endpoint.old_secret"))
    old_secret_until: Mapped[datetime | None]
    failing_since: Mapped[datetime | None]
    last_failed_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    disabled_because: Mapped[str | None] = choice("by_hand", "gone", "failing", nullable=True)

    __table_args__ = (
        CheckConstraint("length(url) <= 2000", name="webhook_endpoint_url_length"),
        CheckConstraint(
            "failing_since IS NULL OR failing_since <= last_failed_at", name="webhook_endpoint_failing_since_a_failure"
        ),
        CheckConstraint(
            "(old_secret IS NULL) = (old_secret_until IS NULL)", name="webhook_endpoint_old_secret_has_an_end"
        ),
        CheckConstraint(
            "(disabled_at IS NULL) = (disabled_because IS NULL)", name="webhook_endpoint_disabled_has_a_reason"
        ),
    )

    @property
    def state(self) -> str:
        """One of active, failing, disabled."""
        if self.disabled_at is not None:
            return "disabled"
        return "active" if self.failing_since is None else "failing"

    def live_secrets(self, at: datetime) -> list[str]:
        """The newest first; the one before it too while the overlap of a rotation lasts."""
        return [self.secret, self.old_secret] if self.old_secret and self.is_rotating_at(at) else [self.secret]

    def is_rotating_at(self, at: datetime) -> bool:
        return self.old_secret_until is not None and self.old_secret_until > at

    @property
    def title(self) -> str:
        """What lists and notices call it: its description, or where it is, without what may be secret in the path."""
        return self.description or urlsplit(self.url).netloc


class WebhookAttempt(Tenant):
    """One request to an endpoint and what came back."""

    endpoint_id: Mapped[UUID] = ref("webhook_endpoint")
    # The outbox message: all attempts at one message carry its id as `webhook-id`.
    message_id: Mapped[UUID]
    type: Mapped[str]
    number: Mapped[int] = mapped_column(SmallInteger)
    request: Mapped[str] = mapped_column(Sealed("webhook_attempt.request"))
    response_status: Mapped[int | None] = mapped_column(SmallInteger)
    response: Mapped[str | None] = mapped_column(Sealed("webhook_attempt.response"))
    error: Mapped[str | None]
    duration_ms: Mapped[int]
    succeeded: Mapped[bool]

    __table_args__ = (
        Index("ix_webhook_attempt_endpoint", "workspace_id", "endpoint_id", "id"),
        Index("ix_webhook_attempt_failed", "workspace_id", "endpoint_id", "id", postgresql_where=text("NOT succeeded")),
        Index("ix_webhook_attempt_message", "workspace_id", "message_id"),
    )
