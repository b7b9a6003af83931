"""A worker says until when it holds an outbox message, so that a waiting one can be sent at once on request."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_20_1010_outbox_claims"
down_revision = "2026_11_20_1000_erasure"


def upgrade() -> None:
    op.add_column("outbox_message", sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("outbox_message_claimed_is_waiting"), "outbox_message", "claimed_until IS NULL OR status = 'waiting'"
    )
    op.drop_index("ix_outbox_message_due", table_name="outbox_message")
    op.create_index(
        "ix_outbox_message_due",
        "outbox_message",
        ["workspace_id", "next_attempt_at"],
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_index("ix_outbox_message_status", "outbox_message", ["workspace_id", "status", "id"])


def downgrade() -> None:
    op.drop_index("ix_outbox_message_status", table_name="outbox_message")
    op.drop_index("ix_outbox_message_due", table_name="outbox_message")
    op.create_index("ix_outbox_message_due", "outbox_message", ["workspace_id", "status", "next_attempt_at"])
    op.drop_constraint("outbox_message_claimed_is_waiting", "outbox_message")
    op.drop_column("outbox_message", "claimed_until")
