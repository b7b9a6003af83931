"""Whether the process lives, and whether it can work."""

from functools import cache
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from redis import Redis, RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.core.access import public
from app.core.db import session
from app.core.settings import current_settings

MIGRATIONS = Path(__file__).parents[2] / "migrations"

blueprint = Blueprint("health", __name__)


@cache
def migrations_head() -> str | None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return ScriptDirectory.from_config(config).get_current_head()


@blueprint.get("/healthz")
@public
def process() -> ResponseReturnValue:
    return jsonify(status="ok")


@blueprint.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    checks = {"database": _database(), "redis": _redis()}
    status = 200 if all(state == "ok" for state in checks.values()) else 503
    return jsonify(status="ok" if status == 200 else "unavailable", checks=checks), status


def _database() -> str:
    try:
        revision = session.scalar(text("SELECT version_num FROM alembic_version"))
    except SQLAlchemyError:
        session.rollback()
        return "The database does not answer, or was never migrated."
    return "ok" if revision == migrations_head() else "Migrations are waiting: run `flask db upgrade`."


def _redis() -> str:
    try:
        Redis.from_url(current_settings().redis_url, socket_connect_timeout=1, socket_timeout=1).ping()
    except RedisError:
        return "Redis does not answer."
    return "ok"
