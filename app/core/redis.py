"""The shared connection to Redis, and what it means that Redis is away.

Redis holds nothing that cannot be lost, so nobody waits for it: a call fails at once while it is known to be gone.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import structlog
from flask import current_app
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, RedisError
from redis.retry import Retry

from app.core.settings import current_settings

T = TypeVar("T")

log = structlog.get_logger()

CONNECT_SECONDS = 0.5
ANSWER_SECONDS = 1.0
PAUSE_SECONDS = 3.0


class Away(Exception):
    """Redis did not answer, now or a moment ago."""


@dataclass
class Shared:
    """The connections of this process. After a fork the client's pool drops what it inherited."""

    client: Redis
    away_until: float = 0.0


def ask(call: Callable[[Redis], T]) -> T:
    """Call Redis, or raise Away, without waiting where a call failed less than a moment ago."""
    shared = _shared()
    if time.monotonic() < shared.away_until:
        raise Away
    try:
        answer = call(shared.client)
    except RedisError as error:
        # Each request would otherwise wait for its own timeout while Redis hangs.
        shared.away_until = time.monotonic() + PAUSE_SECONDS
        log.warning("redis_away", error=type(error).__name__)
        raise Away from error
    shared.away_until = 0.0
    return answer


def connect(url: str, *, answer_seconds: float | None) -> Redis:
    """A client of its own; a connection that went stale is replaced once, without a pause."""
    return Redis.from_url(
        url,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=answer_seconds,
        retry=Retry(NoBackoff(), 1, supported_errors=(ConnectionError,)),
    )


def _shared() -> Shared:
    shared: Shared | None = current_app.extensions.get("guerdon_redis")
    if shared is None:
        shared = Shared(connect(current_settings().redis_url, answer_seconds=ANSWER_SECONDS))
        current_app.extensions["guerdon_redis"] = shared
    return shared
