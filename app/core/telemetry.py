"""/metrics: how many requests and how long they took, how jobs end, what waits.

Requests are counted in the web processes. With several of them PROMETHEUS_MULTIPROC_DIR must name an empty folder,
in which each keeps its counts and out of which any of them answers for all. Jobs end in other processes, perhaps on
other machines, so they are counted in Redis; what waits is looked up when somebody asks.
"""

import hmac
import os
import time
from collections.abc import Iterator
from functools import cache
from typing import Any

from flask import Blueprint, Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from redis import Redis
from rq.utils import as_text
from sqlalchemy.exc import SQLAlchemyError

from app.core.access import Loopback, declare
from app.core.errors import Unauthenticated
from app.core.outbox_queries import counts_by_status
from app.core.queues import queue_state
from app.core.redis import Away, ask
from app.core.settings import current_settings
from app.core.tenancy import unit_of_work

JOBS_KEY = "guerdon:jobs"
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

disable_created_metrics()  # type: ignore[no-untyped-call]
requests_registry = CollectorRegistry()
REQUESTS = Counter(
    "guerdon_requests", "Answers by endpoint and status.", ("endpoint", "status"), registry=requests_registry
)
SECONDS = Histogram(
    "guerdon_request_seconds",
    "How long answers took.",
    ("endpoint",),
    buckets=BUCKETS,
    registry=requests_registry,
)

blueprint = Blueprint("telemetry", __name__)


class Scraper:
    """Whoever brings METRICS_TOKEN, or sits at this machine and was not sent on by a proxy."""

    def check(self, view_args: dict[str, Any]) -> None:
        expected = current_settings().metrics_token
        brought = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if expected and brought:
            if not hmac.compare_digest(expected.encode(), brought.encode()):
                raise Unauthenticated("metrics_token_wrong", "This is not the METRICS_TOKEN of this installation.")
            return
        if "X-Forwarded-For" in request.headers:
            raise Unauthenticated("metrics_token_missing", "Send METRICS_TOKEN as a bearer token.")
        Loopback().check(view_args)


def install(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_observe)
    app.register_blueprint(blueprint)


def _begin() -> None:
    g.telemetry_began = time.perf_counter()


def _observe(response: Response) -> Response:
    seconds = time.perf_counter() - g.telemetry_began if "telemetry_began" in g else None
    count(request.endpoint or "none", response.status_code, seconds)
    return response


def count(endpoint: str, status: int, seconds: float | None) -> None:
    """Count an answer, and how long it took."""
    _count_of(endpoint, status).inc()
    if seconds is not None:
        _seconds_of(endpoint).observe(seconds)


@cache
def _count_of(endpoint: str, status: int) -> Counter:
    return REQUESTS.labels(endpoint, str(status))


@cache
def _seconds_of(endpoint: str) -> Histogram:
    return SECONDS.labels(endpoint)


def metrics() -> Response:
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        requests = generate_latest(registry)
    else:
        requests = generate_latest(requests_registry)
    waiting = CollectorRegistry()
    waiting.register(Waiting())
    return Response(requests + generate_latest(waiting), content_type=CONTENT_TYPE_LATEST)


blueprint.get("/metrics")(declare(metrics, Scraper()))


class Waiting(Collector):
    """What is looked up at each scrape; a part that is away says so and is left out."""

    def collect(self) -> Iterator[Metric]:
        up = GaugeMetricFamily("guerdon_up", "Whether a part answers.", labels=("part",))
        queues = queue_state()
        up.add_metric(["redis"], float(queues is not None))
        if queues is not None:
            jobs = GaugeMetricFamily("guerdon_queue_jobs", "Jobs in the queues.", labels=("queue", "state"))
            workers = GaugeMetricFamily("guerdon_queue_workers", "Workers at the queues.", labels=("queue",))
            for queue in queues:
                for state in ("waiting", "running", "failed"):
                    jobs.add_metric([queue.name, state], getattr(queue, state))
                workers.add_metric([queue.name], queue.workers)
            yield from (jobs, workers, _jobs_ended())
        try:
            with unit_of_work(role="staff"):
                counts = counts_by_status()
        except SQLAlchemyError:
            counts = None
        up.add_metric(["database"], float(counts is not None))
        if counts is not None:
            outbox = GaugeMetricFamily("guerdon_outbox_messages", "Messages to the outside.", labels=("status",))
            for status, count in counts.items():
                outbox.add_metric([status], count)
            yield outbox
        yield up


def count_job(redis: Redis, queue: str, outcome: str) -> None:
    """Remember how a job ended."""
    redis.hincrby(JOBS_KEY, f"{queue}:{outcome}", 1)


def _jobs_ended() -> CounterMetricFamily:
    ended = CounterMetricFamily("guerdon_jobs", "Jobs by how they ended.", labels=("queue", "outcome"))
    try:
        counts = ask(lambda redis: redis.hgetall(JOBS_KEY))
    except Away:
        return ended
    for key, count in counts.items():
        queue, _, outcome = as_text(key).partition(":")
        ended.add_metric([queue, outcome], int(count))
    return ended
