"""Settings as the environment of another process."""

import base64
import os

from app.config import Settings


def environment(settings: Settings) -> dict[str, str]:
    """What a program must find to run on the same servers."""
    keys = (f"{number}:{base64.b64encode(key).decode()}" for number, key in settings.encryption_keys.items())
    return {
        **os.environ,
        "DATABASE_URL": settings.database_url,
        "DATABASE_OWNER_URL": settings.database_owner_url,
        "DATABASE_STAFF_URL": settings.database_staff_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEY": settings.secret_key,
        "ENCRYPTION_KEYS": ",".join(keys),
        "GUERDON_EMBEDDED": "1",
        "LOG_FORMAT": "console",
    }
