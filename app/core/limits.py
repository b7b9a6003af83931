"""How often somebody may do something: counted in Redis, or in the database while Redis is away."""

import math
import time
from datetime import UTC, datetime, timedelta

from flask import current_app
from limits import RateLimitItem, RateLimitItemPerMinute, parse
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter, SlidingWindowCounterRateLimiter
from redis import Redis
from sqlalchemy import Engine, NullPool, create_engine
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import now
from app.core.crypto import keyed_hash
from app.core.redis import Away, ask
from app.core.settings import current_settings
from app.core.tables import RateCount


def hit(name: str, key: str, *rates: str) -> int | None:
    """Count one try by `key` (an address, an account); the seconds to wait where a rate such as "5/hour" is used up."""
    who = keyed_hash(key, f"limit {name}")
    items = [parse(rate) for rate in rates]
    try:
        waits = ask(lambda redis: [_hit_in_redis(redis, item, name, who) for item in items])
    except Away:
        waits = [_hit_in_database(item, name, who) for item in items]
    return max((wait for wait in waits if wait is not None), default=None)


def use_up(name: str, key: str, amount: int, per_minute: int) -> int | None:
    """Count many at once, of what may be millions a minute; the seconds to wait where that is more than is left."""
    who, item = keyed_hash(key, f"limit {name}"), RateLimitItemPerMinute(per_minute)
    try:
        return ask(lambda redis: _use_up_in_redis(redis, item, name, who, amount))
    except Away:
        return _hit_in_database(item, name, who, amount)


def _use_up_in_redis(redis: Redis, item: RateLimitItem, name: str, who: bytes, amount: int) -> int | None:
    # A moving window remembers each hit by itself; this one keeps two numbers.
    counter = SlidingWindowCounterRateLimiter(_limiter(redis).storage)
    if counter.hit(item, name, who.hex(), cost=amount):
        return None
    return max(1, math.ceil(counter.get_window_stats(item, name, who.hex()).reset_time - time.time()))


def _hit_in_redis(redis: Redis, item: RateLimitItem, name: str, who: bytes) -> int | None:
    limiter = _limiter(redis)
    if limiter.hit(item, name, who.hex()):
        return None
    free_again_at = limiter.get_window_stats(item, name, who.hex()).reset_time
    return max(1, math.ceil(free_again_at - time.time()))


def _limiter(redis: Redis) -> MovingWindowRateLimiter:
    limiter: MovingWindowRateLimiter | None = current_app.extensions.get("guerdon_limiter")
    if limiter is None:
        storage = RedisStorage("redis://", connection_pool=redis.connection_pool, key_prefix="limit")
        limiter = current_app.extensions["guerdon_limiter"] = MovingWindowRateLimiter(storage)
    return limiter


def _hit_in_database(item: RateLimitItem, name: str, who: bytes, amount: int = 1) -> int | None:
    """Count in windows that begin on the hour (or minute, …): coarser than Redis, but it holds."""
    ends_at = _end_of_window(now(), item.get_expiry())
    count = (
        insert(RateCount)
        .values(name=f"{name} {item.amount}/{item.get_expiry()}s", key_hash=who, window_ends_at=ends_at, hits=amount)
        .on_conflict_do_update(index_elements=RateCount.__table__.primary_key, set_={"hits": RateCount.hits + amount})
        .returning(RateCount.hits)
    )
    with _counting_engine().connect() as connection:
        hits = connection.scalar(count) or 0
    return None if hits <= item.amount else max(1, math.ceil((ends_at - now()).total_seconds()))


def _end_of_window(at: datetime, seconds: int) -> datetime:
    begun = int(at.timestamp()) // seconds * seconds
    return datetime.fromtimestamp(begun, UTC) + timedelta(seconds=seconds)


def _counting_engine() -> Engine:
    # The one thing that is kept beside the request's transaction: a refused try must be remembered, and its request
    # rolls back. It takes no connection from the pool either, or a full pool would wait for itself.
    engine: Engine | None = current_app.extensions.get("guerdon_counting_engine")
    if engine is None:
        engine = create_engine(current_settings().database_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        current_app.extensions["guerdon_counting_engine"] = engine
    return engine
