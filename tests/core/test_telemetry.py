"""/metrics tells whoever may know, and nobody else."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app.core import telemetry
from app.core.jobs import push
from app.core.outbox import post
from app.core.redis import Away
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from tests.support.environment import environment
from tests.support.jobs import run_jobs

pytestmark = pytest.mark.thorough

ELSEWHERE = {"REMOTE_ADDR": "203.0.113.9"}


def metrics(app: Guerdon) -> dict[str, float]:
    answer = FlaskClient(app).get("/metrics")
    assert answer.status_code == 200
    lines = (line.rpartition(" ") for line in answer.get_data(as_text=True).splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


def test_requests_are_counted_by_endpoint_and_status(app: Guerdon) -> None:
    before = metrics(app)
    FlaskClient(app).get("/healthz")
    FlaskClient(app).get("/healthz")
    name = 'guerdon_requests_total{endpoint="health.process",status="200"}'
    after = metrics(app)
    assert after[name] - before.get(name, 0) == 2
    assert after['guerdon_request_seconds_count{endpoint="health.process"}'] >= 2


def test_addresses_that_do_not_exist_are_one(app: Guerdon) -> None:
    for number in range(3):
        FlaskClient(app).get(f"/nowhere/{number}")
    assert 'guerdon_requests_total{endpoint="none",status="404"}' in metrics(app)


def test_what_waits_and_how_jobs_ended(app: Guerdon) -> None:
    push("tests.support.work.note", "one")
    push("tests.support.work.fail", "two")
    run_jobs(app)
    push("tests.support.work.note", "three")
    with unit_of_work():
        post("email", "ines@example.org", {})
    found = metrics(app)
    assert found['guerdon_jobs_total{outcome="succeeded",queue="default"}'] == 1
    assert found['guerdon_jobs_total{outcome="failed",queue="default"}'] == 1
    assert found['guerdon_queue_jobs{queue="default",state="waiting"}'] == 1
    assert found['guerdon_queue_jobs{queue="default",state="failed"}'] == 1
    assert found['guerdon_queue_jobs{queue="outbox",state="waiting"}'] == 1
    assert found['guerdon_outbox_messages{status="waiting"}'] == 1
    assert found['guerdon_up{part="redis"}'] == found['guerdon_up{part="database"}'] == 1


def test_without_redis_the_rest_is_told(app: Guerdon, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: object) -> None:
        raise Away

    monkeypatch.setattr("app.core.queues.ask", away)
    found = metrics(app)
    assert found['guerdon_up{part="redis"}'] == 0
    assert not any(name.startswith("guerdon_queue_jobs") for name in found)
    assert 'guerdon_outbox_messages{status="waiting"}' in found


@pytest.mark.parametrize(
    ("token", "environ", "headers", "status"),
    [
        (None, {}, {}, 200),
        (None, ELSEWHERE, {}, 404),
        (None, {}, {"X-Forwarded-For": "203.0.113.9"}, 401),
        ("let me in", {}, {}, 200),
        ("let me in", ELSEWHERE, {}, 404),
        ("let me in", ELSEWHERE, {"Authorization": "Bearer let me in"}, 200),
        ("let me in", ELSEWHERE, {"Authorization": "Bearer let me"}, 401),
        ("let me in", ELSEWHERE, {"Authorization": "Bearer ö"}, 401),
        ("let me in", {}, {"X-Forwarded-For": "203.0.113.9"}, 401),
        ("let me in", {}, {"X-Forwarded-For": "203.0.113.9", "Authorization": "Bearer let me in"}, 200),
    ],
)
def test_who_may_know(
    app: Guerdon,
    monkeypatch: pytest.MonkeyPatch,
    token: str | None,
    environ: dict[str, str],
    headers: dict[str, str],
    status: int,
) -> None:
    monkeypatch.setattr(app, "settings", replace(app.settings, metrics_token=token))
    answer = FlaskClient(app).get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": "127.0.0.1", **environ})
    assert answer.status_code == status


def test_several_processes_are_added_up(app: Guerdon, tmp_path: Path) -> None:
    """Each process of the web server keeps its own counts in a folder that all of them read."""
    script = (
        "from wsgi import app; client = app.test_client(); client.get('/healthz'); print(client.get('/metrics').text)"
    )
    folder = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    outputs = [
        subprocess.run(
            (sys.executable, "-c", script),
            env={**os.environ, **environment(app.settings), **folder},
            cwd=Path(telemetry.__file__).parents[2],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for _ in range(2)
    ]
    assert 'guerdon_requests_total{endpoint="health.process",status="200"} 1.0' in outputs[0]
    assert 'guerdon_requests_total{endpoint="health.process",status="200"} 2.0' in outputs[1]
