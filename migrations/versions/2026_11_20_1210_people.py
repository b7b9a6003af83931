"""People and the ids they are known by."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.migrating import changing_table, tenant_table

revision = "2026_11_20_1210_people"
down_revision = "2026_11_20_1200_metrics"


def upgrade() -> None:
    op.create_table(
        "person",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("app_id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("platform", sa.Text(), nullable=True),
        sa.Column("traits", postgresql.JSONB(), nullable=False),
        sa.Column("trait_sources", postgresql.JSONB(), nullable=False),
        sa.Column("place_sources", postgresql.JSONB(), nullable=False),
        sa.Column("own_profile", postgresql.JSONB(), nullable=True),
        sa.Column("name_key", sa.Text(), nullable=True),
        sa.Column("email_key", sa.Text(), nullable=True),
        sa.Column("merged_into", sa.Uuid(), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "erased_at IS NULL OR (external_id IS NULL AND name_key IS NULL AND email_key IS NULL AND traits = '{}' "
            "AND trait_sources = '{}' AND own_profile IS NULL)",
            name=op.f("person_erased_has_no_traits"),
        ),
        sa.CheckConstraint("first_seen_at <= last_seen_at", name=op.f("person_seen_in_order")),
        sa.CheckConstraint("length(external_id) BETWEEN 1 AND 255", name=op.f("person_external_id_length")),
        sa.CheckConstraint("merged_into <> id", name=op.f("person_not_merged_into_itself")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "app_id"], ["app.workspace_id", "app.id"], name=op.f("fk_person_workspace_id_app_id")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "merged_into"],
            ["person.workspace_id", "person.id"],
            name=op.f("fk_person_workspace_id_merged_into"),
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_person_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_person")),
        sa.UniqueConstraint("workspace_id", "app_id", "external_id", name="person_external_id_once"),
    )
    op.create_index(
        "ix_person_anonymous",
        "person",
        ["workspace_id", "app_id", "last_seen_at", "id"],
        unique=False,
        postgresql_where=sa.text("merged_into IS NULL AND erased_at IS NULL AND external_id IS NULL"),
    )
    op.create_index(
        "ix_person_app",
        "person",
        ["workspace_id", "app_id", "id"],
        unique=False,
        postgresql_where=sa.text("merged_into IS NULL AND erased_at IS NULL"),
    )
    op.create_index(
        "ix_person_email_key",
        "person",
        ["workspace_id", "email_key"],
        unique=False,
        postgresql_ops={"email_key": "text_pattern_ops"},
    )
    op.create_index(
        "ix_person_external_id",
        "person",
        ["workspace_id", "external_id"],
        unique=False,
        postgresql_ops={"external_id": "text_pattern_ops"},
    )
    op.create_index(
        "ix_person_known",
        "person",
        ["workspace_id", "app_id", "last_seen_at", "id"],
        unique=False,
        postgresql_where=sa.text("merged_into IS NULL AND erased_at IS NULL AND external_id IS NOT NULL"),
    )
    op.create_index(
        "ix_person_merged_into",
        "person",
        ["workspace_id", "merged_into"],
        unique=False,
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    op.create_index(
        "ix_person_name_key",
        "person",
        ["workspace_id", "name_key"],
        unique=False,
        postgresql_ops={"name_key": "text_pattern_ops"},
    )
    op.create_table(
        "person_alias",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("app_id", sa.Uuid(), nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("origin_id", sa.Uuid(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("length(alias) BETWEEN 1 AND 255", name=op.f("person_alias_length")),
        sa.CheckConstraint(
            "(claimed_at IS NULL) = (claimed_by IS NULL)", name=op.f("person_alias_claimed_by_somebody")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "app_id"], ["app.workspace_id", "app.id"], name=op.f("fk_person_alias_workspace_id_app_id")
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "origin_id"],
            ["person.workspace_id", "person.id"],
            name=op.f("fk_person_alias_workspace_id_origin_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "person_id"],
            ["person.workspace_id", "person.id"],
            name=op.f("fk_person_alias_workspace_id_person_id"),
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_person_alias_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_person_alias")),
        sa.UniqueConstraint("workspace_id", "app_id", "alias", name="person_alias_once"),
    )
    op.create_index(
        "ix_person_alias_beginning",
        "person_alias",
        ["workspace_id", "alias"],
        unique=False,
        postgresql_ops={"alias": "text_pattern_ops"},
    )
    op.create_index("ix_person_alias_person", "person_alias", ["workspace_id", "person_id"], unique=False)
    op.create_table(
        "awaited_person",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("app_id", sa.Uuid(), nullable=False),
        sa.Column("former_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("length(former_id) BETWEEN 1 AND 255", name=op.f("awaited_person_former_id_length")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "app_id"],
            ["app.workspace_id", "app.id"],
            name=op.f("fk_awaited_person_workspace_id_app_id"),
        ),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspace.id"], name=op.f("fk_awaited_person_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_awaited_person")),
        sa.UniqueConstraint("workspace_id", "app_id", "former_id", "user_id", name="awaited_person_once"),
    )
    tenant_table("awaited_person", "SELECT, INSERT, DELETE")
    for table in ("person", "person_alias"):
        tenant_table(table)
        changing_table(table)


def downgrade() -> None:
    op.drop_table("awaited_person")
    op.drop_table("person_alias")
    op.drop_table("person")
