"""What the supervisor asks the database before it starts the application."""

import re
from collections.abc import Mapping

import psycopg

from app.dev.installation import ROOT, Installation
from app.dev.processes import Refusal


def steps(wanted: Installation, environment: Mapping[str, str]) -> list[tuple[str, ...]]:
    """The flask commands that this database still needs; refuse one that cannot be used, naming the setting."""
    owner_url = environment["DATABASE_OWNER_URL"]
    if not wanted.runs_database:
        _require("DATABASE_URL" if wanted.admin_url else "DATABASE_OWNER_URL", wanted.admin_url or owner_url)
    # An installation that was never prepared has no role to ask as.
    revision = None if wanted.admin_url and not _has_roles(wanted.admin_url) else _revision(owner_url)
    needed: list[tuple[str, ...]] = []
    if revision is None and wanted.admin_url:
        needed.append(("init-db",))
    if not _is_newest(revision):
        needed.append(("db", "upgrade"))
    return needed


def has_account(owner_url: str) -> bool:
    with _connect(owner_url) as connection:
        return connection.execute("SELECT FROM account LIMIT 1").fetchone() is not None


def _require(name: str, url: str) -> None:
    """Refuse, naming the setting, when the database does not let us in."""
    try:
        _connect(url).close()
    except psycopg.Error as error:
        raise Refusal(f"{name} leads to no database that can be used: {str(error).strip()}") from None


def _revision(owner_url: str) -> str | None:
    """The migration the database stands at; None when it was never prepared."""
    try:
        with _connect(owner_url) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except (psycopg.OperationalError, psycopg.errors.UndefinedTable):
        return None
    return row[0] if row else None


def _has_roles(admin_url: str) -> bool:
    with _connect(admin_url) as connection:
        return connection.execute("SELECT FROM pg_roles WHERE rolname = 'guerdon_owner'").fetchone() is not None


def _is_newest(revision: str | None) -> bool:
    """Read from the text of the migrations, which is 20 times faster than loading them."""
    migrations = [path.read_text() for path in (ROOT / "migrations" / "versions").glob("*.py")]
    named = rf'.*"{re.escape(revision or "")}"'
    is_known = any(re.search(rf"^revision\b{named}", text, re.MULTILINE) for text in migrations)
    return is_known and not any(re.search(rf"^down_revision\b{named}", text, re.MULTILINE) for text in migrations)


def _connect(url: str) -> psycopg.Connection:
    scheme, separator, rest = url.partition("://")
    return psycopg.connect(f"{scheme.removesuffix('+psycopg')}{separator}{rest}", connect_timeout=5)
