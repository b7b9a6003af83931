"""Indexes for a workspace's activity page and for the count at the bell."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_20_1120_activity"
down_revision = "2026_11_20_1110_strayed_rows"


def upgrade() -> None:
    op.create_index("ix_audit_entry_workspace_action", "audit_entry", ["workspace_id", "action", "id"])
    op.create_index(
        "ix_notification_unread",
        "notification",
        ["workspace_id", "account_id"],
        postgresql_where=sa.text("read_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_notification_unread", table_name="notification")
    op.drop_index("ix_audit_entry_workspace_action", table_name="audit_entry")
