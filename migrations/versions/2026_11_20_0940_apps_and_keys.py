"""Apps and the keys they call with."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.migrating import changing_table, guard, tenant_table

revision = "2026_11_20_0940_apps_and_keys"
down_revision = "2026_11_20_0930_platform"


def upgrade() -> None:
    op.create_table(
        "app",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("domain", sa.Text(), nullable=True),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "platform IN ('ios', 'android', 'windows', 'macos', 'steam', 'epic', 'web')",
            name=op.f("app_platform_known"),
        ),
        sa.CheckConstraint("status IN ('pending_review', 'active', 'suspended')", name=op.f("app_status_known")),
        sa.CheckConstraint("length(identifier) BETWEEN 1 AND 255", name=op.f("app_identifier_length")),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 255", name=op.f("app_name_length")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_app_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_app")),
        sa.UniqueConstraint("workspace_id", "platform", "identifier", name="app_identifier_once"),
    )
    op.create_table(
        "api_key",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("app_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("public_value", sa.Text(), nullable=True),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", postgresql.JSONB(), nullable=False),
        sa.Column("origins", postgresql.JSONB(), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replaced_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "(kind = 'publishable') = (public_value IS NOT NULL)", name=op.f("api_key_secret_is_not_kept")
        ),
        sa.CheckConstraint("kind IN ('publishable', 'secret')", name=op.f("api_key_kind_known")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "app_id"], ["app.workspace_id", "app.id"], name=op.f("fk_api_key_workspace_id_app_id")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "replaced_by"],
            ["api_key.workspace_id", "api_key.id"],
            name=op.f("fk_api_key_workspace_id_replaced_by"),
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_api_key_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("workspace_id", "prefix", name="api_key_prefix_once"),
    )
    op.create_index("ix_api_key_app", "api_key", ["workspace_id", "app_id"], unique=False)
    for table in ("app", "api_key"):
        tenant_table(table)
        changing_table(table)
    guard(
        "api_key",
        "api_key_revoked_is_final",
        """
        IF OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at THEN
            RAISE EXCEPTION 'A revoked key stays revoked.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'api_key_revoked_is_final';
        END IF;
        RETURN NEW;
        """,
        when="BEFORE UPDATE",
    )


def downgrade() -> None:
    op.drop_table("api_key")
    op.drop_table("app")
    op.execute("DROP FUNCTION api_key_revoked_is_final()")
