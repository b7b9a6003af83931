"""An installation of its own to measure: durable embedded servers, migrated, with the data of a small team."""

import base64
import http.cookiejar
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.dev.embedded import Servers, embedded_servers
from app.dev.processes import Program, end, has_ended, spawn, wait_until
from app.dev.run import WEB_THREADS, WEB_WORKERS

ROOT = Path(__file__).parents[1]
EMAIL, PASSWORD = "bench@example.org", "a long pass phrase for the bench"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(servers: Servers, port: int) -> dict[str, str]:
    return os.environ | {
        "DATABASE_URL": servers.database_url,
        "DATABASE_OWNER_URL": servers.owner_url,
        "DATABASE_STAFF_URL": servers.staff_url,
        "DATABASE_ADMIN_URL": servers.admin_url,
        "REDIS_URL": servers.redis_url,
        "SECRET_KEY": "the bench keeps no secrets, but the setting wants one",
        "ENCRYPTION_KEYS": "1:" + base64.b64encode(bytes(32)).decode(),
        "BASE_URL": f"http://localhost:{port}",
        "GUERDON_EMBEDDED": "1",
        "LOG_LEVEL": "warning",
        # Whatever one key can do, measured.
        "API_RATE_PER_MINUTE": "10000000",
        "EVENT_RATE_PER_MINUTE": "1000000000",
    }


@contextmanager
def installed(port: int) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    """Servers and data; gives the environment and what `flask bootstrap` printed."""
    with tempfile.TemporaryDirectory(prefix="guerdon-bench-") as folder, embedded_servers(Path(folder)) as servers:
        env = environment(servers, port)
        flask(env, "init-db")
        flask(env, "db", "upgrade")
        names = ("--email", EMAIL, "--password", PASSWORD, "--workspace", "tidepool", "--app", "Tidepool")
        yield env, json.loads(flask(env, "bootstrap", *names, "--platform", "web", "--json"))


def flask(env: dict[str, str], *words: str) -> str:
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *words]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"flask {' '.join(words)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


@contextmanager
def served(target: str, port: int, env: dict[str, str]) -> Iterator[tuple[str, int]]:
    """A WSGI application under granian, run as `make run` runs it, whatever is measured."""
    command = (sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port))
    command += (
        "--workers",
        str(WEB_WORKERS),
        "--blocking-threads",
        str(WEB_THREADS),
        "--log-level",
        "error",
        "--no-access-log",
        target,
    )
    with tempfile.TemporaryFile() as output:
        process = spawn(Program("web", command, env), output)
        try:
            if not wait_until(lambda: _listens(port) or has_ended(process), 60) or has_ended(process):
                output.seek(0)
                sys.exit(f"{target} did not start:\n{output.read().decode()}")
            yield ("127.0.0.1", port)
        finally:
            end(process, Program("", (), {}).stop_signal, patience=10)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def sign_in(port: int) -> str:
    """The cookie of somebody who signed in through the form."""
    cookies = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
    address = f"http://localhost:{port}/sign-in"
    form = browser.open(address).read().decode()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form)
    if token is None:
        sys.exit("The sign-in page has no form.")
    values = {"csrf_token": token[1], "email": EMAIL, "password": PASSWORD}
    browser.open(address, urllib.parse.urlencode(values).encode())
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in cookies)
