"""Runs the jobs of one queue, patiently: Redis and PostgreSQL may go away and come back."""

import os
import signal
import threading
import time
from types import FrameType

import structlog
from flask import Flask
from redis.exceptions import RedisError
from rq import SimpleWorker
from rq.exceptions import AbandonedJobError
from rq.job import Job, JobStatus
from rq.queue import Queue
from rq.registry import StartedJobRegistry
from rq.serializers import JSONSerializer
from rq.utils import as_text
from rq.worker_registration import get_keys, register
from sqlalchemy import text
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from structlog.contextvars import bound_contextvars

from app.core.db import db
from app.core.redis import connect
from app.core.telemetry import count_job

log = structlog.get_logger()

PAUSE_SECONDS = 1.0
HEARTBEAT_SECONDS = 60


class Worker(SimpleWorker):
    """One process, one queue, one job at a time."""

    max_connection_wait_time = 5.0
    log_result_lifespan = False

    app: Flask
    stopping: threading.Event

    def perform_job(self, job: Job, queue: Queue) -> bool:
        started = time.perf_counter()
        with self.app.app_context(), bound_contextvars(job_id=job.id, job=job.func_name, queue=queue.name):
            succeeded: bool = super().perform_job(job, queue)
            outcome = "succeeded" if succeeded else _how_it_failed(job)
            log.info("job", outcome=outcome, seconds=round(time.perf_counter() - started, 3))
        count_job(self.connection, queue.name, outcome)
        return succeeded

    def judge(self, job: Job, error_type: type[BaseException], error: BaseException, _trace: object) -> None:
        """Decide whether a run that broke off is repeated: not when the job itself was at fault."""
        if issubclass(error_type, AbandonedJobError | SystemExit):
            return
        if _is_lost_database(error):
            self.wait_for_database()
            return
        job.retries_left = 0

    def wait_for_database(self) -> None:
        log.warning("database_away")
        while not self.stopping.is_set() and not self._database_answers():
            self.heartbeat()
            self.stopping.wait(PAUSE_SECONDS)

    def _database_answers(self) -> bool:
        with self.app.app_context():
            try:
                with db.engine.connect() as connection:
                    connection.execute(text("SELECT 1"))
            except SQLAlchemyError:
                return False
        return True

    def run_maintenance_tasks(self) -> None:
        """Also make ourselves known again (a Redis that restarted has forgotten us) and take over from the dead."""
        register(self)
        self.connection.hset(self.key, mapping=self.serialize())
        for queue in self.queues:
            self._take_over(queue)
        super().run_maintenance_tasks()  # type: ignore[no-untyped-call]

    def _take_over(self, queue: Queue) -> None:
        """Let go of what a killed worker of this machine was running, so that it runs again now, not in minutes."""
        dead = {as_text(key) for key in get_keys(queue) if self._outlived(as_text(key))}
        names = {key.removeprefix(self.redis_worker_namespace_prefix) for key in dead}
        started = StartedJobRegistry(queue=queue)
        for job_id, execution_id in started.get_job_and_execution_ids(cleanup=False):
            job = queue.fetch_job(job_id)
            if job is not None and job.worker_name in names:
                log.warning("job_taken_over", job_id=job_id, job=job.func_name)
                self.connection.zadd(started.key, {f"{job_id}:{execution_id}": 0}, xx=True)
        if dead:
            self.connection.delete(*dead)

    def _outlived(self, key: str) -> bool:
        host, pid = self.connection.hmget(key, "hostname", "pid")
        if key == self.key or host is None or pid is None or as_text(host) != self.hostname:
            return False
        return int(pid) == self.pid or not _is_alive(int(pid))

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        self.stopping.set()
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    def subscribe(self) -> None:
        """Take no commands over Redis; a signal is how this worker is told to stop."""

    def unsubscribe(self) -> None:
        """Nothing was subscribed to."""


def make_worker(app: Flask, queue: str, stopping: threading.Event) -> Worker:
    redis = connect(app.settings.redis_url, answer_seconds=None)  # type: ignore[attr-defined]
    worker = Worker(
        [queue],
        connection=redis,
        serializer=JSONSerializer,
        worker_ttl=HEARTBEAT_SECONDS,
        maintenance_interval=HEARTBEAT_SECONDS,
        log_job_description=False,
    )
    worker.app = app
    worker.stopping = stopping
    worker.push_exc_handler(worker.judge)  # type: ignore[no-untyped-call]
    return worker


def serve(app: Flask, queue: str) -> None:
    """Work until SIGTERM or SIGINT, which let the running job end first."""
    stopping = threading.Event()
    while not stopping.is_set():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        try:
            make_worker(app, queue, stopping).work(logging_level=None)
        except RedisError as error:
            log.warning("redis_away", error=type(error).__name__)
        stopping.wait(PAUSE_SECONDS)


def _how_it_failed(job: Job) -> str:
    return "repeated" if job.get_status(refresh=False) == JobStatus.QUEUED else "failed"


def _is_lost_database(error: BaseException) -> bool:
    # A connection that could not be made has no SQLSTATE; whatever a living server refuses has one.
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    return error.connection_invalidated or getattr(error.orig, "sqlstate", None) is None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
