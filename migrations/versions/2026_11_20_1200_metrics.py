"""What is counted."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.migrating import tenant_table

revision = "2026_11_20_1200_metrics"
down_revision = "2026_11_20_1130_app_decisions"


def upgrade() -> None:
    op.create_table(
        "fact",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("hour", sa.DateTime(), nullable=False),
        sa.Column("dimensions", postgresql.JSONB(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_fact")),
    )
    op.create_index("ix_fact_metric", "fact", ["workspace_id", "metric", "hour"], unique=False)
    op.create_table(
        "rollup",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("metric", sa.Text(), nullable=False),
        sa.Column("grain", sa.Text(), nullable=False),
        sa.Column("shape", sa.Text(), nullable=False),
        sa.Column("bucket", sa.DateTime(), nullable=False),
        sa.Column("dimensions", postgresql.JSONB(), nullable=False),
        sa.Column("dimension_key", sa.Text(), sa.Computed("dimensions::text", persisted=True), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("grain IN ('hour', 'day', 'ever')", name=op.f("rollup_grain_known")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_rollup")),
        sa.UniqueConstraint("workspace_id", "metric", "grain", "shape", "bucket", "dimension_key", name="rollup_once"),
    )
    # Facts live for seconds, and the rollups of today change as often: leave room beside them, and tidy up early.
    op.execute("ALTER TABLE fact SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000)")
    op.execute("ALTER TABLE rollup SET (fillfactor = 80)")
    tenant_table("fact", "SELECT, INSERT, DELETE")
    tenant_table("rollup", "SELECT, INSERT, UPDATE")


def downgrade() -> None:
    op.drop_table("rollup")
    op.drop_table("fact")
