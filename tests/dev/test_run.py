"""`make run` from nothing to an address, and through whatever is killed."""

import os
import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import psycopg
import pytest

from app.dev.embedded import embedded_servers
from tests.dev.running import ROOT, environment, eventually, free_port, refused, running

pytestmark = pytest.mark.slow

FLASK = str(ROOT / "bin" / "flask")


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """A folder of an installation that never ran."""
    return tmp_path / "data"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation that ran and was ended, with everything migrated."""
    data = tmp_path_factory.mktemp("prepared") / "data"
    subprocess.run((FLASK, "db", "current"), env=environment(data, free_port()), check=True, stdout=subprocess.DEVNULL)
    return data


@pytest.fixture
def data(prepared: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(prepared, tmp_path / "data"))


def test_it_comes_up_from_nothing_and_says_what_to_do(new: Path) -> None:
    with running(new) as run:
        run.wait_until_ready()
        assert f"http://localhost:{run.port}/sign-up" in run.said
        assert "set-up token" not in run.said


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_ends_without_a_trace(data: Path, number: signal.Signals) -> None:
    with running(data) as run:
        run.wait_until_ready()
        assert run.answers()
        assert run.stop(number) == 0
        assert run.pids() == []


def test_whatever_is_killed_comes_back(data: Path) -> None:
    with running(data) as run:
        run.wait_until_ready()
        run.kill("granian")
        run.kill("work default")
        run.kill("flask --app wsgi cron")
        run.kill("redis-server")
        run.kill("bin/postgres -D")
        worker = max(run.pids("granian"))
        os.kill(worker, signal.SIGKILL)
        eventually(lambda: worker not in run.pids() and len(run.pids("granian")) >= 3)
        backend = run.pid_of("postgres: guerdon_app")
        os.kill(backend, signal.SIGKILL)
        eventually(lambda: backend not in run.pids())
        eventually(run.answers)


def test_a_killed_supervisor_leaves_nothing_and_the_next_run_works(data: Path) -> None:
    with running(data) as run:
        run.wait_until_ready()
        run.process.kill()
        eventually(lambda: run.pids() == [], 5)
        run.process.wait()
    with running(data) as run:
        run.wait_until_ready()
        assert run.answers()


def test_a_supervisor_killed_while_it_starts_leaves_nothing(new: Path) -> None:
    for words in ("init-db", "db upgrade", "granian"):
        with running(new) as run:
            eventually(lambda run=run, words=words: bool(run.pids(words)) or "ready:" in run.said)
            run.process.kill()
            eventually(lambda run=run: run.pids() == [], 5)
            run.process.wait()
    with running(new) as run:
        run.wait_until_ready()


def test_killing_make_ends_what_it_started(data: Path) -> None:
    with running(data, command=("make", "run")) as run:
        run.wait_until_ready()
        run.process.kill()
        run.process.wait()
        eventually(lambda: run.pids() == [])


def test_a_folder_is_used_once_at_a_time(data: Path) -> None:
    with running(data) as run:
        eventually(lambda: bool(run.pids("redis-server")))
        said = refused(data, free_port())
        assert f"{data} is in use by another run" in said
        assert "DATA_DIR=" in said


def test_two_run_side_by_side(data: Path, tmp_path: Path) -> None:
    with running(data) as one, running(Path(shutil.copytree(data, tmp_path / "other"))) as two:
        one.wait_until_ready()
        two.wait_until_ready()
        assert one.stop() == 0
        assert two.answers()


def test_a_taken_port_is_said_before_anything_starts(new: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert f"Port {port} is taken. Choose another: PORT={port + 1} make run" in refused(new, port)
    assert not (new / "postgres").exists()


def test_two_runs_never_share_a_port(tmp_path: Path) -> None:
    port = free_port()
    with running(tmp_path / "one", port=port) as one:
        eventually(lambda: bool(one.pids("redis-server")))
        # The first one has not reached the port yet, and holds it all the same.
        assert f"Port {port} is taken" in refused(tmp_path / "two", port)


def test_a_damaged_data_folder_is_named_and_kept(data: Path) -> None:
    with running(data) as run:
        run.wait_until_ready()
    control = data / "postgres" / "global" / "pg_control"
    control.write_bytes(b"\0" * 8192)
    said = refused(data, free_port())
    assert f"PostgreSQL cannot open {data / 'postgres'}" in said
    assert "left as it is" in said
    assert control.exists()


def test_a_public_address_asks_for_the_set_up_token(data: Path) -> None:
    with running(data, HOST="0.0.0.0") as run:
        run.wait_until_ready()
        token = re.search(r"set-up token: (\S+)", run.said)
        assert token
        assert token[1] in (data / "secrets.env").read_text()


def test_given_servers_are_used(new: Path, tmp_path: Path) -> None:
    with embedded_servers(tmp_path / "given") as given:
        settings = {"DATABASE_URL": given.admin_url, "REDIS_URL": given.redis_url}
        for _ in range(2):
            with running(new, **settings) as run:
                run.wait_until_ready()
                assert run.pids("postgres") == run.pids("redis-server") == []
        with psycopg.connect(given.admin_url.replace("+psycopg", "")) as admin:
            roles = admin.execute("SELECT rolname FROM pg_roles WHERE rolname ~ '^guerdon_' ORDER BY 1").fetchall()
        assert [name for (name,) in roles] == ["guerdon_app", "guerdon_owner", "guerdon_staff"]


def test_flask_commands_run_whether_it_runs_or_not(data: Path) -> None:
    def asks() -> str:
        settings = environment(data, free_port())
        return subprocess.run((FLASK, "db", "current"), env=settings, capture_output=True, text=True, check=True).stdout

    alone = asks()
    assert "(head)" in alone
    with running(data) as run:
        run.wait_until_ready()
        assert asks() == alone
