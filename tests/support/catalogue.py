"""What the database itself says of its tables, as plain rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tests.support.servers import TestServers

# Tables above the workspaces that still name one, each with its reason.
GLOBAL_WITH_WORKSPACE = {
    "membership": "an account asks for its workspaces before any is chosen",
    "team_invite": "whoever follows the link belongs to no workspace yet",
    "staff_visit": "staff ask which visit is open before they are inside",
    "public_link": "the slug is how a stranger finds the workspace",
}

RELATIONS = """
    SELECT c.oid, c.relname AS name, c.relkind AS kind, c.relispartition AS is_partition,
           c.relrowsecurity AS secured, c.relforcerowsecurity AS forced, c.relowner::regrole::text AS owner,
           EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'workspace_id') AS has_workspace
      FROM pg_class c
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
     ORDER BY c.relname
"""

KEYS = """
    SELECT c.conrelid::regclass::text AS table_name, c.conname AS name, c.contype AS kind,
           c.confrelid::regclass::text AS target,
           (SELECT array_agg(a.attname ORDER BY k.place)
              FROM unnest(c.conkey) WITH ORDINALITY AS k(number, place)
              JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number) AS columns
      FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
     WHERE c.connamespace = 'public'::regnamespace AND c.contype IN ('p', 'u', 'f') AND NOT t.relispartition
    UNION ALL
    SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text, 'u', '-',
           (SELECT array_agg(a.attname ORDER BY k.place)
              FROM unnest(i.indkey::int[]) WITH ORDINALITY AS k(number, place)
              LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number)
      FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
     WHERE i.indisunique AND t.relnamespace = 'public'::regnamespace AND NOT t.relispartition
"""

POLICIES = """
    SELECT polrelid::regclass::text AS table_name, polname AS name, polcmd AS command,
           (SELECT array_agg(role::regrole::text ORDER BY role::regrole::text) FROM unnest(polroles) AS role) AS roles,
           pg_get_expr(polqual, polrelid) AS visible, pg_get_expr(polwithcheck, polrelid) AS writable
      FROM pg_policy ORDER BY 1, 2
"""

GRANTS = """
    SELECT table_name, grantee, string_agg(privilege_type, ', ' ORDER BY privilege_type) AS privileges
      FROM information_schema.role_table_grants
     WHERE table_schema = 'public' AND grantee IN ('guerdon_app', 'guerdon_staff', 'PUBLIC')
     GROUP BY 1, 2 ORDER BY 1, 2
"""

INDEXED_OPERATORS = """
    SELECT DISTINCT i.indexrelid::regclass::text AS index_name, o.oprname AS operator, p.oid::regprocedure::text AS function,
           p.proleakproof AS leakproof
      FROM pg_index i
      JOIN pg_class t ON t.oid = i.indrelid
      CROSS JOIN LATERAL unnest(i.indclass::oid[]) AS class(id)
      JOIN pg_opclass oc ON oc.oid = class.id
      JOIN pg_amop am ON am.amopfamily = oc.opcfamily AND am.amoplefttype = oc.opcintype AND am.amoprighttype = oc.opcintype
      JOIN pg_operator o ON o.oid = am.amopopr
      JOIN pg_proc p ON p.oid = o.oprcode
     WHERE t.relnamespace = 'public'::regnamespace
"""


class Catalogue:
    def __init__(self, connection: psycopg.Connection[dict[str, Any]]) -> None:
        self.ask = lambda query: connection.execute(query).fetchall()

    def relations(self) -> list[dict[str, Any]]:
        return self.ask(RELATIONS)

    def tenant_tables(self) -> set[str]:
        """Tables and partitions whose every row belongs to a workspace."""
        return {row["name"] for row in self.relations() if row["has_workspace"]} - set(GLOBAL_WITH_WORKSPACE)


@contextmanager
def catalogue(servers: TestServers) -> Iterator[Catalogue]:
    with psycopg.connect(servers.dsn(), row_factory=dict_row) as connection:
        yield Catalogue(connection)
