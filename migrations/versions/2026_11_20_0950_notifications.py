"""What the bell shows."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.migrating import tenant_table

revision = "2026_11_20_0950_notifications"
down_revision = "2026_11_20_0940_apps_and_keys"


def upgrade() -> None:
    op.create_table(
        "notification",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("metadata", postgresql.JSONB(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("action_url", sa.Text(), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("(status = 'read') = (read_at IS NOT NULL)", name=op.f("notification_read_has_time")),
        sa.CheckConstraint("action_url LIKE '/%'", name=op.f("notification_action_is_a_page_of_ours")),
        sa.CheckConstraint("priority IN ('normal', 'high', 'urgent')", name=op.f("notification_priority_known")),
        sa.CheckConstraint("status IN ('pending', 'sent', 'read')", name=op.f("notification_status_known")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_notification_account_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_notification_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_notification")),
    )
    op.create_index("ix_notification_account", "notification", ["workspace_id", "account_id", "id"], unique=False)
    tenant_table("notification")


def downgrade() -> None:
    op.drop_table("notification")
