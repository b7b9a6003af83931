"""What was acknowledged is there, and once, whatever is killed meanwhile."""

import json
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest

from tests.dev.running import ROOT, Running, environment, eventually, running

WRITERS = 8
PATIENCE = 120


class Caller:
    """A program that calls the API, and calls again with the same idempotency key until it is answered."""

    def __init__(self, port: int, key: str) -> None:
        self.address, self.key = f"http://127.0.0.1:{port}/v1", key

    def call(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        if body:
            headers["Idempotency-Key"] = str(uuid4())
        request = Request(self.address + path, json.dumps(body).encode() if body else None, headers)
        deadline = time.monotonic() + PATIENCE
        while True:
            assert time.monotonic() < deadline, f"{path} was not answered for {PATIENCE} s"
            try:
                with urlopen(request, timeout=5) as answer:
                    return dict(json.load(answer))
            except HTTPError as error:
                # 409: the first attempt is still under way.
                if error.code < 500 and error.code != 409:
                    raise
            except (OSError, HTTPException):
                pass
            threading.Event().wait(0.05)

    def every_app(self) -> Iterator[dict[str, Any]]:
        path = "/apps?limit=100"
        while True:
            part = self.call(path)
            yield from part["data"]
            if not part["has_more"]:
                return
            path = f"/apps?limit=100&starting_after={part['data'][-1]['id']}"


def caller_of(run: Running) -> Caller:
    command = (ROOT / "bin" / "flask", "bootstrap", "--email", "faults@example.com", "--password", uuid4().hex)
    place = ("--workspace", "faults", "--app", "Faults", "--json")
    settings = environment(run.data, run.port)
    made = subprocess.run((*command, *place), env=settings, capture_output=True, text=True, check=True)
    return Caller(run.port, json.loads(made.stdout)["secret_key"])


@pytest.mark.parametrize(
    "rounds", [pytest.param(1, marks=pytest.mark.slow), pytest.param(10, marks=pytest.mark.faults)]
)
def test_every_acknowledged_app_is_there_once(tmp_path: Path, rounds: int) -> None:
    acknowledged: list[str] = []
    over = threading.Event()

    def write(caller: Caller) -> None:
        while not over.is_set():
            identifier = f"a{uuid4().hex}.example"
            made = caller.call("/apps", {"name": "Fault", "platform": "Web", "identifier": identifier})
            assert made["identifier"] == identifier
            acknowledged.append(made["id"])

    with running(tmp_path / "data", API_RATE_PER_MINUTE="1000000") as run, ThreadPoolExecutor(WRITERS) as pool:
        run.wait_until_ready()
        caller = caller_of(run)
        writers = [pool.submit(write, caller) for _ in range(WRITERS)]
        try:
            for victim in ("bin/postgres -D", "granian", "redis-server", "work default") * rounds:
                reached = len(acknowledged)
                eventually(lambda reached=reached: len(acknowledged) > reached + 20, 60)
                run.kill(victim)
        finally:
            over.set()
        for writer in writers:
            writer.result(60)
        there = Counter(app["id"] for app in caller.every_app() if app["name"] == "Fault")
        assert set(acknowledged) == set(there)
        assert set(there.values()) == {1}
