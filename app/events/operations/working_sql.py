"""The statements of working off."""

# Whoever waits too long for others tries again later; what takes too long by itself is cut into smaller pieces.
HOLD_SHARD = """
    SELECT set_config('lock_timeout', '15s', true), set_config('statement_timeout', '45s', true),
           pg_advisory_xact_lock(%(key)s)
"""

# Plans are kept for as long as a connection lives, those that check references among them. One that was made while
# tables were small reads far too much once they are not, until the server happens to look at their sizes again.
PLAN_ANEW = "DISCARD PLANS"

QUEUED = """
    SELECT id FROM event_queue WHERE workspace_id = %(here)s AND shard = %(shard)s ORDER BY id LIMIT %(most)s
"""

STILL_QUEUED = """
    SELECT id FROM event_queue
     WHERE workspace_id = %(here)s AND shard = %(shard)s AND id = ANY(%(ids)s::uuid[]) ORDER BY id
"""

# The first and last id say which months to look into.
LOAD = """
    SELECT id, app_id, kind, name, user_id, anonymous_id, message_id, session_id, occurred_at, received_at, trust,
           context::text, properties::text, country
      FROM event
     WHERE workspace_id = %(here)s AND id = ANY(%(ids)s::uuid[]) AND id BETWEEN %(first)s AND %(last)s
     ORDER BY id
"""

DONE = """
    DELETE FROM event_queue WHERE workspace_id = %(here)s AND shard = %(shard)s AND id = ANY(%(ids)s::uuid[])
"""

SETTLE = """
    UPDATE event_failure SET settled_at = %(at)s
     WHERE workspace_id = %(here)s AND event_id = ANY(%(ids)s::uuid[]) AND settled_at IS NULL
"""

NOTE = """
    INSERT INTO event_effect (workspace_id, id, subscriber, kind, details)
    SELECT %(here)s, * FROM unnest(%(ids)s::uuid[], %(subscribers)s::text[], %(kinds)s::text[], %(details)s::jsonb[])
    ON CONFLICT DO NOTHING
"""

SET_ASIDE = """
    INSERT INTO event_failure (workspace_id, id, event_id, subscriber, error)
    VALUES (%(here)s, %(id)s, %(event_id)s, %(subscriber)s, %(error)s)
    ON CONFLICT (workspace_id, event_id) WHERE settled_at IS NULL
    DO UPDATE SET subscriber = excluded.subscriber, error = excluded.error
"""
