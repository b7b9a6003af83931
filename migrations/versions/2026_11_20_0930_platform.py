"""What every feature leans on: audit log, outbox, idempotency, public links, settings, schedule, rates."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.migrating import APPEND, append_only_table, changing_table, global_table, tenant_table

revision = "2026_11_20_0930_platform"
down_revision = "2026_11_20_0920_workspaces"


def upgrade() -> None:
    op.create_table(
        "platform_setting",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_platform_setting")),
    )
    op.create_table(
        "rate_count",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("window_ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", "key_hash", "window_ends_at", name=op.f("pk_rate_count")),
    )
    op.create_table(
        "scheduled_run",
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("job", "due_at", name=op.f("pk_scheduled_run")),
    )
    op.create_table(
        "public_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("slug ~ '^[A-Za-z0-9_-]{4,64}$'", name=op.f("public_link_slug_form")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_public_link_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_link")),
        sa.UniqueConstraint("slug", name=op.f("uq_public_link_slug")),
    )
    op.create_index(op.f("ix_public_link_workspace_id"), "public_link", ["workspace_id"], unique=False)
    op.create_table(
        "audit_entry",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("ip_hash", sa.LargeBinary(), nullable=True),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "actor_kind IN ('account', 'key', 'staff', 'system')", name=op.f("audit_entry_actor_kind_known")
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_audit_entry_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_audit_entry")),
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index(
        "ix_audit_entry_subject", "audit_entry", ["workspace_id", "subject_kind", "subject_id", "id"], unique=False
    )
    op.create_table(
        "outbox_message",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("destination", sa.LargeBinary(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(status = 'sent') = (sent_at IS NOT NULL)", name=op.f("outbox_message_sent_has_time")),
        sa.CheckConstraint(
            "(status = 'waiting') = (next_attempt_at IS NOT NULL)", name=op.f("outbox_message_waits_for_a_time")
        ),
        sa.CheckConstraint("channel IN ('email', 'webhook')", name=op.f("outbox_message_channel_known")),
        sa.CheckConstraint("status IN ('waiting', 'sent', 'failed')", name=op.f("outbox_message_status_known")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_outbox_message_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_outbox_message")),
    )
    op.create_index(
        "ix_outbox_message_due", "outbox_message", ["workspace_id", "status", "next_attempt_at"], unique=False
    )
    op.create_table(
        "idempotency_key",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("reply", sa.LargeBinary(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_idempotency_key_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_idempotency_key")),
        sa.UniqueConstraint("workspace_id", "key_hash", name="idempotency_key_once"),
    )
    for table in ("platform_setting", "rate_count", "scheduled_run", "public_link"):
        global_table(table)
    changing_table("platform_setting")
    tenant_table("audit_entry", APPEND)
    append_only_table("audit_entry")
    op.execute("SELECT ensure_month_partitions('audit_entry', 3)")
    tenant_table("outbox_message")
    changing_table("outbox_message")
    tenant_table("idempotency_key")


def downgrade() -> None:
    op.drop_table("idempotency_key")
    op.drop_table("outbox_message")
    op.drop_table("audit_entry")
    op.drop_table("public_link")
    op.drop_table("scheduled_run")
    op.drop_table("rate_count")
    op.drop_table("platform_setting")
