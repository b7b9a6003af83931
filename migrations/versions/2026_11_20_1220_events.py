"""Events, their queue, what they caused, and what could not be taken."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.core.migrating import APPEND, append_only_table, tenant_table

revision = "2026_11_20_1220_events"
down_revision = "2026_11_20_1210_people"

# What the person did stays as bare happenings; what they were known by, and what was said of them, goes.
# Works in the announced workspace alone, and without one touches nothing.
ERASE_PERSON = """
CREATE FUNCTION erase_person(of_app uuid, user_ids text[], anonymous_ids text[], marks text[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$ DECLARE
    here uuid := tenant_id();
    theirs uuid[];
BEGIN
    WITH blanked AS (
        UPDATE event
           SET user_id = NULL, anonymous_id = NULL, session_id = NULL, message_id = '', country = NULL, ip_hash = NULL,
               context = '{}', properties = '{}'
         WHERE workspace_id = here AND app_id = of_app
           AND (user_id = ANY (user_ids) OR (user_id IS NULL AND anonymous_id = ANY (anonymous_ids)))
        RETURNING id
    ) SELECT coalesce(array_agg(id), '{}') INTO theirs FROM blanked;
    -- Others used the same browser: the events are theirs, the browser's id is not.
    UPDATE event SET anonymous_id = NULL
     WHERE workspace_id = here AND app_id = of_app AND anonymous_id = ANY (anonymous_ids);
    DELETE FROM event_effect USING unnest(theirs) AS one (event) WHERE workspace_id = here AND id = one.event;
    INSERT INTO event_effect (workspace_id, id, subscriber, kind, details)
    SELECT here, event, 'people', 'erased', '{}' FROM unnest(theirs) AS one (event);
    -- An error may quote what it stumbled over. Nothing is left to stumble over, and the event still counts as one.
    WITH failed AS (
        DELETE FROM event_failure USING unnest(theirs) AS one (event)
         WHERE workspace_id = here AND event_id = one.event
        RETURNING event_id, settled_at IS NULL AND retried_at IS NULL AS stands_aside
    ) INSERT INTO event_queue (workspace_id, shard, id) SELECT here, 0, event_id FROM failed WHERE stands_aside;
    DELETE FROM event_rejection
     WHERE workspace_id = here AND app_id = of_app
       AND EXISTS (SELECT FROM unnest(marks) AS sought (mark)
                    WHERE strpos(excerpt, mark) > 0 OR strpos(message, mark) > 0);
    RETURN cardinality(theirs);
END $$
"""


def upgrade() -> None:
    op.create_table(
        "event",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("app_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=True),
        sa.Column("anonymous_id", sa.Text(), nullable=True),
        sa.Column("session_id", sa.Text(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trust", sa.Text(), nullable=False),
        sa.Column("context", postgresql.JSONB(), nullable=False),
        sa.Column("properties", postgresql.JSONB(), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("ip_hash", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('track', 'page', 'screen', 'identify', 'group', 'alias')", name=op.f("event_kind_known")
        ),
        sa.CheckConstraint("trust IN ('server', 'browser', 'network')", name=op.f("event_trust_known")),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 200", name=op.f("event_name_length")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_event")),
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index(
        "ix_event_anonymous",
        "event",
        ["workspace_id", "anonymous_id", "id"],
        unique=False,
        postgresql_where=sa.text("anonymous_id IS NOT NULL"),
    )
    op.create_index("ix_event_app", "event", ["workspace_id", "app_id", "id"], unique=False)
    op.create_index("ix_event_name", "event", ["workspace_id", "app_id", "name", "id"], unique=False)
    op.create_index(
        "ix_event_user",
        "event",
        ["workspace_id", "user_id", "id"],
        unique=False,
        postgresql_where=sa.text("user_id IS NOT NULL"),
    )
    op.create_table(
        "event_key",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_event_key")),
    )
    op.create_index("ix_event_key_received", "event_key", ["received_at"], unique=False, postgresql_using="brin")
    op.create_table(
        "event_queue",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("shard", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("shard BETWEEN 0 AND 15", name=op.f("event_queue_shard_known")),
        sa.PrimaryKeyConstraint("workspace_id", "shard", "id", name=op.f("pk_event_queue")),
    )
    op.create_table(
        "event_effect",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subscriber", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", "subscriber", "kind", name=op.f("pk_event_effect")),
        postgresql_partition_by="RANGE (id)",
    )
    op.create_table(
        "event_failure",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("subscriber", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("retried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_event_failure")),
    )
    op.create_index(
        "event_failure_open_once",
        "event_failure",
        ["workspace_id", "event_id"],
        unique=True,
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_index("ix_event_failure_event", "event_failure", ["workspace_id", "event_id"], unique=False)
    op.create_table(
        "event_rejection",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("app_id", sa.Uuid(), nullable=False),
        sa.Column("trust", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("excerpt", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("trust IN ('server', 'browser', 'network')", name=op.f("event_rejection_trust_known")),
        sa.CheckConstraint("length(excerpt) <= 2000", name=op.f("event_rejection_excerpt_length")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_event_rejection")),
    )
    op.create_index("ix_event_rejection_app", "event_rejection", ["workspace_id", "app_id", "id"], unique=False)
    op.create_index("ix_event_rejection_code", "event_rejection", ["workspace_id", "code", "id"], unique=False)
    for table in ("event", "event_effect"):
        tenant_table(table, APPEND)
        append_only_table(table)
        op.execute(f"SELECT ensure_month_partitions('{table}', 3)")
    for table in ("event_key", "event_queue", "event_rejection"):
        tenant_table(table, "SELECT, INSERT, DELETE")
    tenant_table("event_failure")
    op.execute(ERASE_PERSON)
    op.execute("REVOKE ALL ON FUNCTION erase_person(uuid, text[], text[], text[]) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION erase_person(uuid, text[], text[], text[]) TO guerdon_app")
    # Whoever could manage could do everything so far; sending events is part of it.
    op.execute("""UPDATE api_key SET scopes = scopes || '["events"]' WHERE kind = 'secret' AND scopes ? 'manage'""")


def downgrade() -> None:
    op.execute("DROP FUNCTION erase_person(uuid, text[], text[], text[])")
    op.drop_table("event_rejection")
    op.drop_table("event_failure")
    op.drop_table("event_effect")
    op.drop_table("event_queue")
    op.drop_table("event_key")
    op.drop_table("event")
    op.execute("UPDATE api_key SET scopes = scopes - 'events'")
