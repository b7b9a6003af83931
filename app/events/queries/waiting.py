"""Where events wait, over all workspaces: what staff see and the sweep asks."""

from uuid import UUID

from sqlalchemy import text

from app.core.db import session

# Jumps from one shard to the next, so that a long queue costs no more than a short one.
_SHARDS_WITH_WORK = text("""
    WITH RECURSIVE found AS (
        (SELECT workspace_id, shard, id FROM event_queue ORDER BY workspace_id, shard, id LIMIT 1)
        UNION ALL
        SELECT further.workspace_id, further.shard, further.id
          FROM found, LATERAL (
              SELECT workspace_id, shard, id FROM event_queue
               WHERE (workspace_id, shard) > (found.workspace_id, found.shard)
               ORDER BY workspace_id, shard, id LIMIT 1
          ) AS further
    )
    SELECT workspace_id, shard FROM found WHERE id < :before ORDER BY id
""")


def shards_with_work(before: UUID) -> list[tuple[UUID, int]]:
    """Workspaces and shards in which an event waits that is older than this id, the longest waiting first."""
    return [(workspace_id, shard) for workspace_id, shard in session.execute(_SHARDS_WITH_WORK, {"before": before})]
