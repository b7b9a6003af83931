"""Settings as the environment of another process."""

import base64
import os

from app.config import Settings


def servers_of(settings: Settings) -> dict[str, str]:
    """The settings that say which servers and secrets to use."""
    keys = (f"{number}:{base64.b64encode(key).decode()}" for number, key in settings.encryption_keys.items())
    return {
        "DATABASE_URL": settings.database_url,
        "DATABASE_OWNER_URL": settings.database_owner_url,
        "DATABASE_STAFF_URL": settings.database_staff_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEY": settings.secret_key,
        "ENCRYPTION_KEYS": ",".join(keys),
    }


def environment(settings: Settings) -> dict[str, str]:
    """What a program must find to run on the same servers."""
    return os.environ | servers_of(settings) | {"GUERDON_EMBEDDED": "1", "LOG_FORMAT": "console"}
