"""Runs migrations as the owner, one migrator at a time."""

import time

from alembic import context
from sqlalchemy import Connection, NullPool, create_engine, text

from app.core.db import metadata
from app.core.settings import current_settings

MIGRATION_LOCK = 7_301_201


def wait_for_turn(connection: Connection) -> None:
    # Polled: a migrator that waits inside pg_advisory_lock deadlocks with another's CREATE INDEX CONCURRENTLY.
    while not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": MIGRATION_LOCK}):
        time.sleep(0.2)


def include_object(thing: object, name: str | None, kind: str, reflected: bool, _compare_to: object) -> bool:
    """Partitions belong to the cron, not to the models."""
    return not (kind == "table" and reflected and name not in metadata.tables)


def run() -> None:
    engine = create_engine(current_settings().database_owner_url, poolclass=NullPool)
    with engine.connect() as connection:
        wait_for_turn(connection)
        connection.execute(text("SET lock_timeout = '5s'"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=metadata,
            include_object=include_object,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
