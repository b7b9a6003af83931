"""Webhooks out."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.migrating import changing_table, tenant_table

revision = "2026_11_20_1240_webhooks"
down_revision = "2026_11_20_1230_ledger"


def upgrade() -> None:
    op.create_table(
        "webhook_endpoint",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("types", postgresql.JSONB(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("old_secret", sa.LargeBinary(), nullable=True),
        sa.Column("old_secret_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("disabled_because", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "disabled_because IN ('by_hand', 'gone', 'failing')", name=op.f("webhook_endpoint_disabled_because_known")
        ),
        sa.CheckConstraint(
            "(disabled_at IS NULL) = (disabled_because IS NULL)", name=op.f("webhook_endpoint_disabled_has_a_reason")
        ),
        sa.CheckConstraint(
            "failing_since IS NULL OR failing_since <= last_failed_at",
            name=op.f("webhook_endpoint_failing_since_a_failure"),
        ),
        sa.CheckConstraint(
            "(old_secret IS NULL) = (old_secret_until IS NULL)", name=op.f("webhook_endpoint_old_secret_has_an_end")
        ),
        sa.CheckConstraint("length(url) <= 2000", name=op.f("webhook_endpoint_url_length")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_webhook_endpoint_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_webhook_endpoint")),
    )
    op.create_table(
        "webhook_attempt",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("response_status", sa.SmallInteger(), nullable=True),
        sa.Column("response", sa.LargeBinary(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "endpoint_id"],
            ["webhook_endpoint.workspace_id", "webhook_endpoint.id"],
            name=op.f("fk_webhook_attempt_workspace_id_endpoint_id"),
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_webhook_attempt_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_webhook_attempt")),
    )
    op.create_index(
        "ix_webhook_attempt_endpoint", "webhook_attempt", ["workspace_id", "endpoint_id", "id"], unique=False
    )
    op.create_index(
        "ix_webhook_attempt_failed",
        "webhook_attempt",
        ["workspace_id", "endpoint_id", "id"],
        unique=False,
        postgresql_where=sa.text("NOT succeeded"),
    )
    op.create_index("ix_webhook_attempt_message", "webhook_attempt", ["workspace_id", "message_id"], unique=False)
    tenant_table("webhook_endpoint")
    changing_table("webhook_endpoint")
    # Attempts do not change, but what is sealed in them is sealed anew when keys are rotated.
    tenant_table("webhook_attempt")
    op.add_column("outbox_message", sa.Column("target_id", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_outbox_message_target",
        "outbox_message",
        ["workspace_id", "target_id", "status", "id"],
        unique=False,
        postgresql_where=sa.text("target_id IS NOT NULL"),
    )
    op.drop_index("ix_outbox_message_due", "outbox_message")
    op.create_index(
        "ix_outbox_message_due",
        "outbox_message",
        ["workspace_id", "channel", "next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("status = 'waiting'"),
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_message_due", "outbox_message")
    op.create_index(
        "ix_outbox_message_due",
        "outbox_message",
        ["workspace_id", "next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.drop_index("ix_outbox_message_target", "outbox_message")
    op.drop_column("outbox_message", "target_id")
    op.drop_table("webhook_attempt")
    op.drop_table("webhook_endpoint")
