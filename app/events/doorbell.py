"""Says that events wait. The queue table is the truth: whoever hears no bell is found by the sweep."""

from collections.abc import Iterable
from functools import partial
from uuid import UUID

import structlog
from redis import Redis

from app.core.db import after_commit
from app.core.jobs import push_each
from app.core.redis import Away, ask

log = structlog.get_logger()

WORK_OFF = "app.events.jobs.work_off"
QUEUE = "events"
# A job that was lost leaves its shard silent for no longer than this, and the sweep does not even wait for that.
RUNG_FOR_SECONDS = 30


def ring(workspace_id: UUID, shards: Iterable[int]) -> None:
    """Have these shards of a workspace worked off after the commit, unless somebody has rung already."""
    after_commit(partial(_ring, workspace_id, sorted(set(shards))))


def unring(workspace_id: UUID, shard: int) -> None:
    """Let the bell sound again: what is stored from now on may be too late for the job that runs."""
    try:
        ask(lambda redis: redis.delete(_key(workspace_id, shard)))
    except Away:
        log.warning("bell_out_of_reach")


def _ring(workspace_id: UUID, shards: list[int]) -> None:
    def claim(redis: Redis) -> list[bool | None]:
        pipeline = redis.pipeline(transaction=False)
        for shard in shards:
            pipeline.set(_key(workspace_id, shard), b"1", nx=True, ex=RUNG_FOR_SECONDS)
        return pipeline.execute()

    # The transaction is durable already, so nothing may fail here.
    try:
        silent = [shard for shard, claimed in zip(shards, ask(claim), strict=True) if claimed]
        push_each(WORK_OFF, [(str(workspace_id), str(shard)) for shard in silent], queue=QUEUE)
    except Away:
        log.warning("events_left_to_the_sweep")


def _key(workspace_id: UUID, shard: int) -> str:
    return f"ring:{workspace_id}:{shard}"
