"""What migrations say about a table beyond its columns: grants, row level security, triggers."""

from alembic import op

from app.core.roles import APP, OWNER, STAFF

EVERYTHING = "SELECT, INSERT, UPDATE, DELETE"
APPEND = "SELECT, INSERT"


def global_table(table: str, grants: str = EVERYTHING) -> None:
    """A table above the workspaces, open to the app and to staff."""
    op.execute(f"GRANT {grants} ON {table} TO {APP}, {STAFF}")


def tenant_table(table: str, grants: str = EVERYTHING) -> None:
    """A table whose rows the app sees in its workspace alone, while the owner and staff see all."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY tenant ON {table} TO {APP} "
        "USING (workspace_id = tenant_id()) WITH CHECK (workspace_id = tenant_id())"
    )
    op.execute(f"CREATE POLICY whole ON {table} TO {OWNER}, {STAFF} USING (true) WITH CHECK (true)")
    global_table(table, grants)


def changing_table(table: str) -> None:
    """Keep `updated_at` true."""
    op.execute(
        f"CREATE TRIGGER touch_updated_at BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION touch_updated_at()"
    )


def append_only_table(table: str) -> None:
    """Rows are written once; only the owner's erase functions take them away."""
    op.execute(
        f"CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def guard(table: str, name: str, body: str, *, when: str, declare: str = "") -> None:
    """A trigger and its function of the same name; the body raises with the rule's name as its constraint."""
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $guard$ {declare} BEGIN {body} END $guard$"
    )
    op.execute(f"CREATE TRIGGER {name} {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
