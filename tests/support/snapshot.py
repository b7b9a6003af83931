"""The whole catalogue as text: what autogenerate does not see (checks, predicates, policies, triggers, grants)."""

from typing import Any

import psycopg

from tests.support.catalogue import GRANTS, POLICIES

COLUMNS = """
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) AS type,
           CASE WHEN a.attnotnull THEN 'not null' ELSE '' END AS needed, coalesce(pg_get_expr(d.adbin, d.adrelid), '') AS fallback
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND a.attnum > 0 AND NOT a.attisdropped AND c.relname <> 'alembic_version'
     ORDER BY c.relname, a.attnum
"""

CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(c.oid), CASE WHEN convalidated THEN '' ELSE 'NOT VALID' END
      FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
     WHERE connamespace = 'public'::regnamespace AND contype <> 'n' AND NOT t.relispartition AND t.relname <> 'alembic_version'
     ORDER BY 1, 2
"""

INDEXES = """
    SELECT t.relname, pg_get_indexdef(i.indexrelid), CASE WHEN i.indisvalid THEN '' ELSE 'INVALID' END
      FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
     WHERE t.relnamespace = 'public'::regnamespace AND NOT t.relispartition AND t.relname <> 'alembic_version'
     ORDER BY 1, 2
"""

TRIGGERS = """
    SELECT tgrelid::regclass::text, pg_get_triggerdef(g.oid), CASE tgenabled WHEN 'O' THEN '' ELSE 'DISABLED' END
      FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
     WHERE NOT tgisinternal AND NOT t.relispartition ORDER BY 1, 2
"""

SECURITY = """
    SELECT relname, relrowsecurity, relforcerowsecurity, coalesce(array_to_string(reloptions, ','), '')
      FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY 1
"""

FUNCTIONS = """
    SELECT p.oid::regprocedure::text, CASE WHEN prosecdef THEN 'security definer' ELSE '' END,
           coalesce(array_to_string(proacl, ' '), 'public'), regexp_replace(prosrc, '\\s+', ' ', 'g')
      FROM pg_proc p WHERE pronamespace = 'public'::regnamespace ORDER BY 1
"""

SECTIONS = {
    "columns": COLUMNS,
    "constraints": CONSTRAINTS,
    "indexes": INDEXES,
    "triggers": TRIGGERS,
    "row level security": SECURITY,
    "policies": f"SELECT table_name, name, command, roles, visible, writable FROM ({POLICIES}) AS policy "
    "WHERE table_name NOT IN (SELECT relname FROM pg_class WHERE relispartition)",
    "grants": f"SELECT * FROM ({GRANTS}) AS granted",
    "functions": FUNCTIONS,
}


def snapshot(connection: psycopg.Connection[Any]) -> str:
    sections = []
    for title, query in SECTIONS.items():
        rows = connection.execute(query).fetchall()
        lines = [" | ".join(str(value) for value in row).rstrip(" |") for row in rows]
        sections.append("\n".join([f"# {title}", *lines]))
    return "\n\n".join(sections) + "\n"
