"""The SQL of counting. Rollups and unfolded facts are read by one statement, so that no fold is seen by half."""

from sqlalchemy import text

INSERT_FACTS = text("""
    INSERT INTO fact (workspace_id, id, metric, hour, dimensions, n, value)
    SELECT :here, *
      FROM unnest(CAST(:ids AS uuid[]), CAST(:metrics AS text[]), CAST(:hours AS timestamp[]),
                  CAST(:dimensions AS jsonb[]), CAST(:ns AS bigint[]), CAST(:values AS bigint[]))
""")

TAKE_FACTS = text("""
    WITH taken AS (
      DELETE FROM fact
       WHERE workspace_id = :here
         AND id IN (SELECT id FROM fact WHERE workspace_id = :here ORDER BY id LIMIT :most)
      RETURNING metric, hour, dimensions, n, value
    )
    SELECT metric, hour, dimensions, sum(n) AS n, sum(value) AS value, count(*) AS facts
      FROM taken GROUP BY metric, hour, dimensions
""")

ADD_TO_ROLLUPS = text("""
    INSERT INTO rollup AS kept (workspace_id, id, metric, grain, shape, bucket, dimensions, n, value)
    SELECT :here, *
      FROM unnest(CAST(:ids AS uuid[]), CAST(:metrics AS text[]), CAST(:grains AS text[]), CAST(:shapes AS text[]),
                  CAST(:buckets AS timestamp[]), CAST(:dimensions AS jsonb[]), CAST(:ns AS bigint[]),
                  CAST(:values AS bigint[]))
    ON CONFLICT ON CONSTRAINT rollup_once DO UPDATE SET n = kept.n + excluded.n, value = kept.value + excluded.value
""")

# Workspaces are a feature above; all that is needed of them is one column.
TIMEZONE = text("SELECT timezone FROM workspace WHERE id = :here")

_ROLLUPS = """
    FROM rollup
   WHERE workspace_id = :here AND metric = ANY(CAST(:metrics AS text[])) AND grain = :grain AND shape = :shape
     AND bucket >= :start AND bucket < :end
"""
_FACTS = """
    FROM fact
   WHERE workspace_id = :here AND metric = ANY(CAST(:metrics AS text[])) AND hour >= :start AND hour < :end
     AND dimensions @> CAST(:where AS jsonb)
"""
_BUCKET = "CASE WHEN :grain = 'ever' THEN CAST(:start AS timestamp) ELSE date_trunc(:grain, hour) END"

SERIES = text(f"""
    SELECT metric, bucket, CAST(sum(n) AS bigint), CAST(sum(value) AS bigint) FROM (
      SELECT metric, bucket, n, value {_ROLLUPS} AND dimension_key = CAST(CAST(:where AS jsonb) AS text)
      UNION ALL
      SELECT metric, {_BUCKET}, n, value {_FACTS}
    ) AS counted GROUP BY metric, bucket
""")  # noqa: S608 - put together from the constants of this file.

_BY = f"""
    SELECT dimensions ->> :by AS key, bucket, n, value {_ROLLUPS} AND dimensions @> CAST(:where AS jsonb)
    UNION ALL
    SELECT dimensions ->> :by, {_BUCKET}, n, value {_FACTS} AND dimensions ? :by
"""

SERIES_BY = text(f"""
    SELECT key, bucket, CAST(sum(n) AS bigint), CAST(sum(value) AS bigint) FROM (
      SELECT dimensions ->> :by AS key, bucket, n, value {_ROLLUPS}
         AND dimension_key = ANY(ARRAY(SELECT CAST(whole AS text) FROM unnest(CAST(:wholes AS jsonb[])) AS whole))
      UNION ALL
      SELECT dimensions ->> :by, {_BUCKET}, n, value {_FACTS} AND dimensions ->> :by = ANY(CAST(:keys AS text[]))
    ) AS counted GROUP BY key, bucket
""")  # noqa: S608 - put together from the constants of this file.

SLICES = text(f"""
    WITH summed AS (
      SELECT key, sum(n) AS n, sum(value) AS value, max(bucket) AS last
        FROM ({_BY}) AS counted GROUP BY key HAVING sum(n) <> 0 OR sum(value) <> 0
    ), ranked AS (
      SELECT *, (row_number() OVER (ORDER BY n DESC, value DESC, key) <= CAST(:limit AS bigint)) IS NOT FALSE AS is_top
        FROM summed
    )
    SELECT CASE WHEN is_top THEN key END, CAST(sum(n) AS bigint), CAST(sum(value) AS bigint), max(last)
      FROM ranked GROUP BY 1, is_top ORDER BY is_top DESC, 2 DESC, 3 DESC, 1
""")  # noqa: S608 - put together from the constants of this file.
