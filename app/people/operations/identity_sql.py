"""The statements of identity, each about many people at once."""

# Put together from pieces of this file alone; all values are parameters.
# ruff: noqa: S608

HOLD = "SELECT pg_advisory_xact_lock_shared(%(key)s)"
HOLD_ALONE = "SELECT pg_advisory_xact_lock(%(key)s)"

_SOUGHT = "unnest(%(apps)s::uuid[], %(names)s::text[]) AS sought (app_id, name)"

FIND_USERS = f"""
    SELECT p.app_id, p.external_id, coalesce(p.merged_into, p.id)
      FROM {_SOUGHT}
      JOIN person p ON p.workspace_id = %(here)s AND p.app_id = sought.app_id AND p.external_id = sought.name
"""

_ALIAS = "a.id, a.app_id, a.alias, a.person_id, a.origin_id, a.claimed_at, a.claimed_by"

FIND_ALIASES = f"""
    SELECT {_ALIAS}
      FROM {_SOUGHT}
      JOIN person_alias a ON a.workspace_id = %(here)s AND a.app_id = sought.app_id AND a.alias = sought.name
"""

LOCK_ALIASES = f"{FIND_ALIASES} ORDER BY a.id FOR NO KEY UPDATE OF a"

_PERSON = """
    p.id, p.app_id, p.external_id IS NOT NULL, p.merged_into, p.first_seen_at, p.last_seen_at, p.country, p.platform,
    p.traits::text, p.trait_sources::text, p.place_sources::text, p.own_profile::text
"""

LOCK_PEOPLE = f"""
    SELECT {_PERSON} FROM person p
     WHERE p.workspace_id = %(here)s AND p.id = ANY(%(ids)s::uuid[])
     ORDER BY p.id FOR NO KEY UPDATE
"""

FIND_PARTS = f"""
    SELECT {_PERSON} FROM person p
     WHERE p.workspace_id = %(here)s AND p.merged_into = ANY(%(ids)s::uuid[])
       AND p.external_id IS NULL AND p.erased_at IS NULL
"""

_COLUMNS = """
    id, app_id, external_id, merged_into, first_seen_at, last_seen_at, country, platform, traits, trait_sources,
    place_sources, name_key, email_key, own_profile
"""

# One document for all rows costs a tenth of what arrays of JSON cost to write and to read.
_GIVEN = """
    jsonb_to_recordset(%(rows)s::jsonb) AS given (
        id uuid, app_id uuid, external_id text, merged_into uuid, first_seen_at timestamptz, last_seen_at timestamptz,
        country text, platform text, traits jsonb, trait_sources jsonb, place_sources jsonb, name_key text,
        email_key text, own_profile jsonb
    )
"""

MAKE_USERS = f"""
    INSERT INTO person (workspace_id, {_COLUMNS})
    SELECT %(here)s, {_COLUMNS} FROM {_GIVEN}
     ORDER BY app_id, external_id
    ON CONFLICT ON CONSTRAINT person_external_id_once DO NOTHING
    RETURNING id, app_id, external_id
"""

MAKE_ORIGINS = f"INSERT INTO person (workspace_id, {_COLUMNS}) SELECT %(here)s, {_COLUMNS} FROM {_GIVEN}"

_GIVEN_ALIASES = """
    unnest(
        %(alias_ids)s::uuid[], %(alias_apps)s::uuid[], %(aliases)s::text[], %(owners)s::uuid[], %(origins)s::uuid[],
        %(claimed_at)s::timestamptz[], %(claimed_by)s::text[]
    ) AS given (id, app_id, alias, person_id, origin_id, claimed_at, claimed_by)
"""

# An id that somebody else has just made must not leave a person without any id behind, hence one statement for both.
# References are checked at its end.
MAKE_ALIASES = f"""
    WITH made AS (
        INSERT INTO person_alias (workspace_id, id, app_id, alias, person_id, origin_id, claimed_at, claimed_by)
        SELECT %(here)s, * FROM {_GIVEN_ALIASES}
        ON CONFLICT ON CONSTRAINT person_alias_once DO NOTHING
        RETURNING id, origin_id
    ), people AS (
        INSERT INTO person (workspace_id, {_COLUMNS})
        SELECT %(here)s, {_COLUMNS} FROM {_GIVEN}
         WHERE given.id IN (SELECT origin_id FROM made)
    )
    SELECT id FROM made
"""

WRITE_PEOPLE = f"""
    UPDATE person p
       SET merged_into = given.merged_into, first_seen_at = given.first_seen_at, last_seen_at = given.last_seen_at,
           country = given.country, platform = given.platform, traits = given.traits,
           trait_sources = given.trait_sources, place_sources = given.place_sources, name_key = given.name_key,
           email_key = given.email_key, own_profile = given.own_profile
      FROM {_GIVEN}
     WHERE p.workspace_id = %(here)s AND p.id = given.id
"""

WRITE_ALIASES = f"""
    UPDATE person_alias a
       SET person_id = given.person_id, origin_id = given.origin_id, claimed_at = given.claimed_at,
           claimed_by = given.claimed_by
      FROM {_GIVEN_ALIASES}
     WHERE a.workspace_id = %(here)s AND a.id = given.id
"""

# For alias calls of servers, which are rare and hold the structure alone.

NAME = """
    UPDATE person p SET named_at = greatest(p.named_at, given.at)
      FROM unnest(%(apps)s::uuid[], %(names)s::text[], %(at)s::timestamptz[]) AS given (app_id, name, at)
     WHERE p.workspace_id = %(here)s AND p.app_id = given.app_id AND p.external_id = given.name
"""

AWAIT = """
    INSERT INTO awaited_person (workspace_id, id, app_id, former_id, user_id)
    SELECT %(here)s, * FROM unnest(%(ids)s::uuid[], %(apps)s::uuid[], %(former_ids)s::text[], %(user_ids)s::text[])
    ON CONFLICT DO NOTHING
"""

FIND_AWAITED = f"""
    SELECT w.app_id, w.former_id, w.user_id
      FROM {_SOUGHT}
      JOIN awaited_person w ON w.workspace_id = %(here)s AND w.app_id = sought.app_id AND w.former_id = sought.name
"""

AWAIT_NO_MORE = f"""
    DELETE FROM awaited_person w USING {_SOUGHT}
     WHERE w.workspace_id = %(here)s AND w.app_id = sought.app_id AND w.former_id = sought.name
"""

LEAD_ELSEWHERE = """
    WITH moved AS (
        UPDATE person p SET merged_into = given.root
          FROM unnest(%(ids)s::uuid[], %(roots)s::uuid[]) AS given (id, root)
         WHERE p.workspace_id = %(here)s AND p.merged_into = given.id
    ), given_on AS (
        UPDATE person_alias a SET person_id = given.root
          FROM unnest(%(ids)s::uuid[], %(roots)s::uuid[]) AS given (id, root)
         WHERE a.workspace_id = %(here)s AND a.person_id = given.id
    )
    SELECT 1
"""

FIND_LABELS = """
    SELECT coalesce(merged_into, id), id, external_id, named_at FROM person
     WHERE workspace_id = %(here)s AND external_id IS NOT NULL
       AND (id = ANY(%(ids)s::uuid[]) OR merged_into = ANY(%(ids)s::uuid[]))
"""

TAKE_LABELS = """
    UPDATE person SET external_id = NULL, named_at = NULL WHERE workspace_id = %(here)s AND id = ANY(%(ids)s::uuid[])
"""

GIVE_LABELS = """
    UPDATE person p SET external_id = given.label, named_at = given.at
      FROM unnest(%(ids)s::uuid[], %(labels)s::text[], %(at)s::timestamptz[]) AS given (id, label, at)
     WHERE p.workspace_id = %(here)s AND p.id = given.id
"""
