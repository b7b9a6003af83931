"""Workspaces, who belongs to them, and the workspace of the platform itself."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.migrating import changing_table, global_table, guard

revision = "2026_11_20_0920_workspaces"
down_revision = "2026_11_20_0910_accounts"


def upgrade() -> None:
    op.create_table(
        "workspace",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("company_name", sa.Text(), nullable=True),
        sa.Column("contact_person", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("settings", postgresql.JSONB(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("slug ~ '^[a-z0-9](-?[a-z0-9]){1,39}$'", name=op.f("workspace_slug_form")),
        sa.CheckConstraint("status IN ('active', 'suspended')", name=op.f("workspace_status_known")),
        sa.CheckConstraint("length(company_name) <= 255", name=op.f("workspace_company_name_length")),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 255", name=op.f("workspace_name_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workspace")),
        sa.UniqueConstraint("slug", name="workspace_slug_once"),
    )
    op.create_table(
        "membership",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("role IN ('owner', 'admin', 'member', 'viewer')", name=op.f("membership_role_known")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_membership_account_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_membership_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint("account_id", "workspace_id", name="membership_once"),
    )
    op.create_index("ix_membership_workspace", "membership", ["workspace_id", "role"], unique=False)
    op.create_table(
        "team_invite",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("role IN ('owner', 'admin', 'member', 'viewer')", name=op.f("team_invite_role_known")),
        sa.ForeignKeyConstraint(["invited_by"], ["account.id"], name=op.f("fk_team_invite_invited_by")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_team_invite_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_invite")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_team_invite_token_hash")),
    )
    op.create_index(
        "team_invite_open_once",
        "team_invite",
        ["workspace_id", "email_key"],
        unique=True,
        postgresql_where=sa.text("accepted_at IS NULL AND withdrawn_at IS NULL"),
    )
    op.create_table(
        "staff_visit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("length(reason) BETWEEN 1 AND 500", name=op.f("staff_visit_reason_length")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_staff_visit_account_id")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_staff_visit_workspace_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_visit")),
    )
    op.create_index(op.f("ix_staff_visit_workspace_id"), "staff_visit", ["workspace_id"], unique=False)
    op.create_index(
        "staff_visit_open_once",
        "staff_visit",
        ["account_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    for table in ("workspace", "membership", "team_invite", "staff_visit"):
        global_table(table)
    changing_table("workspace")
    changing_table("membership")
    # The lock on the workspace ends the race of two owners who step down at once.
    guard(
        "membership",
        "membership_owner_remains",
        """
        PERFORM 1 FROM workspace WHERE id = OLD.workspace_id AND deleted_at IS NULL FOR UPDATE;
        IF FOUND AND OLD.role = 'owner' AND NOT EXISTS (
            SELECT 1 FROM membership WHERE workspace_id = OLD.workspace_id AND role = 'owner'
        ) THEN
            RAISE EXCEPTION 'A workspace keeps at least one owner.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'membership_owner_remains';
        END IF;
        RETURN NULL;
        """,
        when="AFTER UPDATE OR DELETE",
    )
    op.execute(
        "INSERT INTO workspace (id, slug, name, status, verified, timezone, settings) "
        "VALUES ('00000000-0000-7000-8000-000000000001', 'guerdon-platform', 'Guerdon', 'active', true, 'UTC', '{}')"
    )


def downgrade() -> None:
    op.drop_table("staff_visit")
    op.drop_table("team_invite")
    op.drop_table("membership")
    op.drop_table("workspace")
    op.execute("DROP FUNCTION membership_owner_remains()")
