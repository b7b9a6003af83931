"""Indexes for the lists of staff, which lie across all workspaces; what is searched by its beginning is ordered by bytes."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_20_1100_staff_lists"
down_revision = "2026_11_20_1010_outbox_claims"

BY_BEGINNING = {
    "ix_account_email_beginning": ("account", "email_key"),
    "ix_workspace_slug_beginning": ("workspace", "slug"),
    "ix_workspace_name_beginning": ("workspace", "lower(name)"),
    "ix_app_identifier_beginning": ("app", "identifier"),
}


def upgrade() -> None:
    for name, (table, expression) in BY_BEGINNING.items():
        op.create_index(name, table, [sa.text(f"{expression} text_pattern_ops")])
    op.create_index("ix_app_to_review", "app", ["id"], postgresql_where=sa.text("status = 'pending_review'"))
    op.create_index("ix_outbox_message_newest", "outbox_message", ["id"])
    op.create_index("ix_outbox_message_failed", "outbox_message", ["id"], postgresql_where=sa.text("status = 'failed'"))
    op.create_index("ix_audit_entry_newest", "audit_entry", ["id"])
    op.create_index("ix_audit_entry_actor", "audit_entry", ["actor_id", "id"])
    op.create_index("ix_audit_entry_action", "audit_entry", [sa.text("action text_pattern_ops"), "id"])
    # What an entry is about has an id of its own, so that the workspace before it told nothing.
    op.drop_index("ix_audit_entry_subject", table_name="audit_entry")
    op.create_index("ix_audit_entry_subject", "audit_entry", ["subject_id", "id"])


def downgrade() -> None:
    op.drop_index("ix_audit_entry_subject", table_name="audit_entry")
    op.create_index("ix_audit_entry_subject", "audit_entry", ["workspace_id", "subject_kind", "subject_id", "id"])
    for name in ("action", "actor", "newest"):
        op.drop_index(f"ix_audit_entry_{name}", table_name="audit_entry")
    op.drop_index("ix_outbox_message_failed", table_name="outbox_message")
    op.drop_index("ix_outbox_message_newest", table_name="outbox_message")
    op.drop_index("ix_app_to_review", table_name="app")
    for name, (table, _) in BY_BEGINNING.items():
        op.drop_index(name, table_name=table)
