"""What staff see of the queues, and what they can do about a job that failed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from redis import Redis
from rq.exceptions import InvalidJobOperation, NoSuchJobError
from rq.job import Job
from rq.queue import Queue
from rq.serializers import JSONSerializer
from rq.worker_registration import clean_worker_registry, get_keys

from app.core.errors import DomainError, Missing
from app.core.jobs import QUEUES, RUNS_AFTER_A_DEATH, named_queue
from app.core.logs import masked
from app.core.redis import Away, ask

NO_SUCH_JOB = "This job is gone. Somebody else may have run or discarded it."


@dataclass(frozen=True)
class QueueState:
    name: str
    waiting: int
    running: int
    failed: int
    workers: int


@dataclass(frozen=True)
class FailedJob:
    id: str
    queue: str
    path: str
    ids: tuple[str, ...]
    failed_at: datetime | None
    error: str
    trace: str


def queue_state() -> list[QueueState] | None:
    """Every queue with its lengths, or nothing while Redis is away."""
    try:
        return ask(lambda redis: [_state(named_queue(name, redis)) for name in QUEUES])
    except Away:
        return None


def _state(queue: Queue) -> QueueState:
    clean_worker_registry(queue)
    return QueueState(
        name=queue.name,
        waiting=queue.count,
        running=queue.started_job_registry.get_job_count(cleanup=False),
        failed=queue.failed_job_registry.get_job_count(),
        workers=len(get_keys(queue)),
    )


def failed_jobs(limit: int = 100) -> list[FailedJob]:
    """The jobs that failed last, newest first; none while Redis is away."""
    try:
        found = ask(lambda redis: [job for name in QUEUES for job in _failed(named_queue(name, redis), limit)])
    except Away:
        return []
    return sorted(found, key=lambda job: str(job.failed_at), reverse=True)[:limit]


def _failed(queue: Queue, limit: int) -> list[FailedJob]:
    ids = queue.failed_job_registry.get_job_ids(0, limit - 1, desc=True)
    jobs = Job.fetch_many(ids, connection=queue.connection, serializer=JSONSerializer)
    return [_described(job) for job in jobs if job is not None]


def _described(job: Job) -> FailedJob:
    result = job.latest_result()
    trace = masked(result.exc_string or "") if result else ""
    last_line = trace.strip().rpartition("\n")[2]
    return FailedJob(job.id, job.origin, str(job.func_name), tuple(job.args), job.ended_at, last_line, trace)


def retry(job_id: str) -> None:
    """Put a failed job back into its queue."""

    def requeue(redis: Redis) -> None:
        job = Job.fetch(job_id, connection=redis, serializer=JSONSerializer)
        job.retries_left = RUNS_AFTER_A_DEATH
        job.failed_job_registry.requeue(job)

    _do(requeue)


def discard(job_id: str) -> None:
    """Forget a failed job."""

    def delete(redis: Redis) -> None:
        job = Job.fetch(job_id, connection=redis, serializer=JSONSerializer)
        if job not in job.failed_job_registry:
            raise NoSuchJobError
        job.delete()

    _do(delete)


def _do(change: Callable[[Redis], None]) -> None:
    try:
        ask(change)
    except (NoSuchJobError, InvalidJobOperation, ValueError):
        # RQ raises ValueError for an id that no job can have.
        raise Missing("no_such_job", NO_SUCH_JOB) from None
    except Away:
        raise DomainError(
            "queue_away", "The queue does not answer. Nothing was changed; try again in a minute.", status=503
        ) from None
