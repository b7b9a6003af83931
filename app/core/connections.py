"""A connection that lay idle is asked whether it still lives; one that was just used is taken at its word."""

from time import monotonic
from typing import Any

from flask import Flask
from psycopg import Connection, OperationalError
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError

from app.core.db import db

# Asking costs a round trip. A connection in use that breaks is noticed by its next statement, and all others with it.
TRUSTED_FOR = 5.0


def init_app(app: Flask) -> None:
    with app.app_context():
        for engine in db.engines.values():
            event.listen(engine, "checkin", _note)
            event.listen(engine, "checkout", _ask)


def _note(_connection: Connection | None, record: Any) -> None:
    record.info["used_at"] = monotonic()


def _ask(connection: Connection, record: Any, _proxy: Any) -> None:
    if monotonic() - record.info.get("used_at", monotonic()) < TRUSTED_FOR:
        return
    try:
        connection.autocommit = True
        connection.execute(";")
        connection.autocommit = False
    except OperationalError as broken:
        # The pool replaces it, and all that are as old.
        raise DisconnectionError from broken
