"""Staff can ask whether rows lie in a default partition, which nobody reaches past its table."""

from alembic import op

revision = "2026_11_20_1110_strayed_rows"
down_revision = "2026_11_20_1100_staff_lists"

# A thousand are counted at most: the question is whether a month was forgotten, not for how long.
STRAYED_ROWS = """
CREATE FUNCTION strayed_rows(parent text) RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ DECLARE
    found bigint;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_partitioned_table WHERE partrelid = to_regclass(parent)) THEN
        RAISE EXCEPTION '% is not a partitioned table.', parent;
    END IF;
    EXECUTE format('SELECT count(*) FROM (SELECT 1 FROM %I LIMIT 1000) AS strays', parent || '_default') INTO found;
    RETURN found;
END $$
"""


def upgrade() -> None:
    op.execute(STRAYED_ROWS)
    op.execute("REVOKE ALL ON FUNCTION strayed_rows(text) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION strayed_rows(text) TO guerdon_staff")


def downgrade() -> None:
    op.execute("DROP FUNCTION strayed_rows(text)")
