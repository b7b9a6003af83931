"""Asking for work outside the request. Redis is only the doorbell: what must be done is known from the database."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import structlog
from redis import Redis
from rq import Queue, Retry
from rq.serializers import JSONSerializer

from app.core.db import after_commit
from app.core.redis import Away, ask

log = structlog.get_logger()

# One worker process serves one queue. What calls the outside waits for strangers, so it waits in queues of its own:
# a developer's slow server holds up no mail.
QUEUES = ("default", "events", "outbox", "webhooks")

LONGEST_RUN = timedelta(minutes=3)
KEPT_WHEN_FAILED = timedelta(days=30)
RUNS_AFTER_A_DEATH = 3


def enqueue(path: str, *ids: str, queue: str = "default") -> None:
    """Run the function at this dotted path once the transaction is durable; forget it when that rolls back."""
    after_commit(partial(_ring, path, *ids, queue=queue))


def _ring(path: str, *ids: str, queue: str) -> None:
    # The transaction is durable already, so nothing may fail here: the sweep finds work that nobody rang for.
    try:
        push(path, *ids, queue=queue)
    except Away:
        log.warning("job_left_to_the_sweep", job=path)


def push_each(path: str, jobs: Sequence[tuple[str, ...]], *, queue: str) -> None:
    """Enqueue the function once for each of these tuples of ids, in one exchange with Redis, or raise Away."""
    if not jobs:
        return
    ask(
        lambda redis: named_queue(queue, redis).enqueue_many(
            [
                Queue.prepare_data(
                    path,
                    args=ids,
                    timeout=int(LONGEST_RUN.total_seconds()),
                    result_ttl=0,
                    failure_ttl=int(KEPT_WHEN_FAILED.total_seconds()),
                    retry=Retry(max=RUNS_AFTER_A_DEATH),
                )
                for ids in jobs
            ]
        )
    )


def push(path: str, *ids: str, queue: str = "default", job_id: str | None = None) -> None:
    """Enqueue now, or raise Away."""
    if queue not in QUEUES:
        raise ValueError(f"No worker serves a queue named {queue!r}.")
    ask(
        lambda redis: named_queue(queue, redis).enqueue_call(
            path,
            args=ids,
            timeout=int(LONGEST_RUN.total_seconds()),
            result_ttl=0,
            failure_ttl=int(KEPT_WHEN_FAILED.total_seconds()),
            # Spent on workers that died, never on jobs that failed: see the worker.
            retry=Retry(max=RUNS_AFTER_A_DEATH),
            job_id=job_id,
        )
    )


def named_queue(name: str, redis: Redis) -> Queue:
    return Queue(name, connection=redis, serializer=JSONSerializer)
