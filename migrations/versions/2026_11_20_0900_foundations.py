"""The functions that tables are guarded with."""

from alembic import op

revision = "2026_11_20_0900_foundations"
down_revision = None

# Plain SQL, so that the planner inlines it: the policy then reads as a comparison and uses the index.
TENANT_ID = """
CREATE FUNCTION tenant_id() RETURNS uuid LANGUAGE sql STABLE AS
$$ SELECT nullif(current_setting('app.workspace_id', true), '')::uuid $$
"""

TOUCH_UPDATED_AT = """
CREATE FUNCTION touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$
"""

# The owner is who the erase functions run as.
REFUSE_CHANGE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    IF current_user = 'guerdon_owner' THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    RAISE EXCEPTION '% is written once.', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_append_only';
END $$
"""

UUID7_FLOOR = """
CREATE FUNCTION uuid7_floor(at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS
$$ SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid $$
"""

# A partition is closed to everybody: rows are reached through the table, whose policies hold.
CLOSE_PARTITION = """
CREATE FUNCTION close_partition(partition text) RETURNS void LANGUAGE plpgsql AS
$$ BEGIN
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', partition);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', partition);
    EXECUTE format('CREATE POLICY tenant ON %I TO guerdon_app USING (workspace_id = tenant_id()) '
                   'WITH CHECK (workspace_id = tenant_id())', partition);
    EXECUTE format('CREATE POLICY whole ON %I TO guerdon_owner, guerdon_staff USING (true) WITH CHECK (true)', partition);
    EXECUTE format('REVOKE ALL ON %I FROM guerdon_app, guerdon_staff, PUBLIC', partition);
END $$
"""

# Rows that arrived for a month without a partition lie in the default one, and are moved when theirs is made.
ENSURE_MONTH_PARTITIONS = """
CREATE FUNCTION ensure_month_partitions(parent text, months_ahead int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS
$$ DECLARE
    month timestamptz;
    partition text;
    stray text := parent || '_default';
    made int := 0;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_partitioned_table WHERE partrelid = to_regclass(parent)) THEN
        RAISE EXCEPTION '% is not a partitioned table.', parent;
    END IF;
    -- Two schedulers at once would both try to make the same month.
    PERFORM pg_advisory_xact_lock(hashtext('ensure_month_partitions:' || parent));
    IF to_regclass(stray) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF %I DEFAULT', stray, parent);
        PERFORM close_partition(stray);
    END IF;
    FOR step IN 0..months_ahead LOOP
        month := date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' + make_interval(months => step);
        partition := parent || to_char(month AT TIME ZONE 'UTC', '_YYYY_MM');
        CONTINUE WHEN to_regclass(partition) IS NOT NULL;
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', partition, parent);
        EXECUTE format(
            'WITH moved AS (DELETE FROM %I WHERE id >= %L AND id < %L RETURNING *) INSERT INTO %I SELECT * FROM moved',
            stray, uuid7_floor(month), uuid7_floor(month + interval '1 month'), partition);
        EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
            parent, partition, uuid7_floor(month), uuid7_floor(month + interval '1 month'));
        PERFORM close_partition(partition);
        made := made + 1;
    END LOOP;
    RETURN made;
END $$
"""

FUNCTIONS = {
    "tenant_id()": TENANT_ID,
    "touch_updated_at()": TOUCH_UPDATED_AT,
    "refuse_change()": REFUSE_CHANGE,
    "uuid7_floor(timestamptz)": UUID7_FLOOR,
    "close_partition(text)": CLOSE_PARTITION,
    "ensure_month_partitions(text, int)": ENSURE_MONTH_PARTITIONS,
}


def upgrade() -> None:
    for definition in FUNCTIONS.values():
        op.execute(definition)
    op.execute("REVOKE ALL ON FUNCTION close_partition(text), ensure_month_partitions(text, int) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION ensure_month_partitions(text, int) TO guerdon_app, guerdon_staff")
    # /readyz compares it with the newest migration.
    op.execute("GRANT SELECT ON alembic_version TO guerdon_app")


def downgrade() -> None:
    for signature in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {signature}")
