"""Migrations make the database that the models speak of, keep rows, and take turns."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import downgrade, upgrade
from sqlalchemy import create_engine

from app.core.db import metadata
from app.core.health import MIGRATIONS
from app.factory import Guerdon, create_app
from tests.support.environment import environment
from tests.support.servers import TestServers
from tests.support.snapshot import snapshot

SNAPSHOT = Path(__file__).with_name("catalogue.txt")
FIRST_WITH_EVERYTHING = "2026_11_20_1000_erasure"

ROWS = """
    INSERT INTO account (id, email, email_key, name, status, email_verified_at, locale, timezone, is_staff)
    VALUES ('01900000-0000-7000-8000-00000000000a', 'a@example.org', 'a@example.org', 'A', 'active', now(), 'en', 'UTC', true);
    INSERT INTO workspace (id, slug, name, status, verified, timezone, settings)
    VALUES ('01900000-0000-7000-8000-000000000001', 'tidepool', 'Tidepool', 'active', false, 'UTC', '{}');
    INSERT INTO membership (id, account_id, workspace_id, role) VALUES ('01900000-0000-7000-8000-000000000002',
        '01900000-0000-7000-8000-00000000000a', '01900000-0000-7000-8000-000000000001', 'owner');
    INSERT INTO app (workspace_id, id, name, identifier, platform, status, is_test)
    VALUES ('01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000003', 'T', 't.example', 'web', 'active', false);
"""


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory(str(MIGRATIONS)).get_heads()) == 1


def test_models_and_migrations_agree(servers: TestServers, session_app: Guerdon) -> None:
    engine = create_engine(servers.servers.url("postgres"))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_object": lambda thing, name, kind, reflected, _: (
                    not (kind == "table" and reflected and name not in metadata.tables)
                ),
            },
        )
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_the_catalogue_is_as_it_was_agreed(servers: TestServers) -> None:
    """Run with UPDATE_CATALOGUE=1 after a migration, and read the difference before committing it."""
    with psycopg.connect(servers.dsn()) as connection:
        now = snapshot(connection)
    if os.environ.get("UPDATE_CATALOGUE"):
        SNAPSHOT.write_text(now)
    assert now == SNAPSHOT.read_text()


def test_down_and_up_again_keeps_rows(servers: TestServers) -> None:
    with servers.database() as name:
        with psycopg.connect(servers.dsn(name)) as connection:
            connection.execute(ROWS)
        with create_app(servers.settings(name)).app_context():
            downgrade(revision=FIRST_WITH_EVERYTHING)
            upgrade()
        with psycopg.connect(servers.dsn(name)) as connection:
            assert connection.execute("SELECT count(*) FROM app").fetchone() == (1,)
            assert connection.execute("SELECT name FROM workspace WHERE slug = 'tidepool'").fetchone() == ("Tidepool",)


def test_all_the_way_down_leaves_nothing_and_up_makes_the_same(servers: TestServers) -> None:
    with servers.database() as name, create_app(servers.settings(name)).app_context():
        downgrade(revision="base")
        with psycopg.connect(servers.dsn(name)) as connection:
            left = connection.execute(
                "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
            ).fetchall()
            functions = connection.execute("SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace")
            assert (left, functions.fetchall()) == ([("alembic_version",)], [])
        upgrade()
        with psycopg.connect(servers.dsn(name)) as connection:
            assert snapshot(connection) == SNAPSHOT.read_text()


def test_two_migrators_take_turns(servers: TestServers) -> None:
    with servers.database() as name:
        with create_app(servers.settings(name)).app_context():
            downgrade(revision="base")
        environ = environment(servers.settings(name))
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]
        migrators = [
            subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            for _ in range(2)
        ]
        output = [migrator.communicate(timeout=60)[0] for migrator in migrators]
        assert [migrator.returncode for migrator in migrators] == [0, 0], output


def test_every_revision_says_what_it_is() -> None:
    for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions():
        assert script.doc.endswith("."), script.revision
        assert script.revision.startswith("20"), "Revisions carry their date."
