"""The three database roles: the owner migrates, the app sees one workspace, staff see all."""

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from app.config import Settings, SettingsError

OWNER, APP, STAFF = "guerdon_owner", "guerdon_app", "guerdon_staff"


def prepare_database(admin_url: str, settings: Settings) -> None:
    """Make the roles and the database where they are missing; safe to run again."""
    urls = [make_url(url) for url in (settings.database_owner_url, settings.database_url, settings.database_staff_url)]
    for role, url in zip((OWNER, APP, STAFF), urls, strict=True):
        if url.username != role:
            raise SettingsError(f"The database URL for {role} must name that role; it names {url.username!r}.")
    with psycopg.connect(_dsn(make_url(admin_url)), autocommit=True) as admin:
        for url in urls:
            _make_role(admin, str(url.username), url.password)
        _make_database(admin, str(urls[0].database))
    with psycopg.connect(_dsn(make_url(admin_url).set(database=urls[0].database)), autocommit=True) as admin:
        admin.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        for role in (APP, STAFF):
            admin.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(sql.Identifier(role)))


def _dsn(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _make_role(admin: psycopg.Connection, role: str, password: str | None) -> None:
    known = admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    verb = sql.SQL("ALTER" if known else "CREATE")
    secret = sql.SQL("PASSWORD {}").format(sql.Literal(password)) if password else sql.SQL("")
    admin.execute(sql.SQL("{} ROLE {} LOGIN {}").format(verb, sql.Identifier(role), secret))


def _make_database(admin: psycopg.Connection, name: str) -> None:
    database, owner = sql.Identifier(name), sql.Identifier(OWNER)
    # Without being a member, an administrator who is no superuser may not give the database away.
    admin.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(owner))
    if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
        admin.execute(sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0").format(database, owner))
    else:
        admin.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(database, owner))
