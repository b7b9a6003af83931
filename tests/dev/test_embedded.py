"""PostgreSQL and Redis in a folder: side by side, after accidents, and what they refuse."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from app.dev import postgres
from app.dev.embedded import Servers, embedded_servers, servers_of
from app.dev.processes import Refusal, inhabitants
from tests.dev.running import ROOT, eventually

pytestmark = pytest.mark.thorough

OWNER_OF_SERVERS = """
import sys, time
from pathlib import Path
from app.dev.embedded import embedded_servers
with embedded_servers(Path(sys.argv[1]), durable=False):
    print("up", flush=True)
    time.sleep(60)
"""


def works(servers: Servers) -> bool:
    with psycopg.connect(servers.admin_url.replace("+psycopg", "")) as connection:
        connection.execute("SELECT 1")
    with Redis.from_url(servers.redis_url) as redis:
        return bool(redis.ping())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def made(folder: Path) -> Path:
    """A folder that was in use before."""
    with embedded_servers(folder, durable=False):
        return folder


def killed(folder: Path) -> None:
    """Start the servers in another process and kill that process."""
    owner = subprocess.Popen((sys.executable, "-c", OWNER_OF_SERVERS, folder), cwd=ROOT, stdout=subprocess.PIPE)
    with owner:
        assert owner.stdout
        assert owner.stdout.readline() == b"up\n"
        owner.kill()


def test_several_run_side_by_side(tmp_path: Path) -> None:
    with ExitStack() as stack:
        servers = [stack.enter_context(embedded_servers(tmp_path / name, durable=False)) for name in "ab"]
        assert all(works(one) for one in servers)


def test_one_folder_is_used_once_at_a_time(made: Path) -> None:
    with embedded_servers(made, durable=False), pytest.raises(Refusal, match="is in use by another run"):
        embedded_servers(made, durable=False).__enter__()


def test_nothing_survives_the_process_that_started_it(folder: Path) -> None:
    killed(folder)
    eventually(lambda: inhabitants(folder / "postgres", postgres.PROCESS_NAMES) == [], 5)
    eventually(lambda: inhabitants(folder / "redis", frozenset({"redis-server", "valkey-server"})) == [], 5)
    with embedded_servers(folder, durable=False) as servers:
        assert works(servers)


def test_pid_files_that_name_another_living_process_are_survived(made: Path) -> None:
    sockets = servers_of(made).sockets
    sockets.mkdir(mode=0o700, exist_ok=True)
    stale = f"{os.getppid()}\n{made / 'postgres'}\n1700000000\n5432\n{sockets}\n\n  1 1\nready\n"
    (made / "postgres" / "postmaster.pid").write_text(stale)
    (sockets / ".s.PGSQL.5432.lock").write_text(stale)
    (sockets / ".s.PGSQL.5432").touch()
    (sockets / "redis.sock").touch()
    with embedded_servers(made, durable=False) as servers:
        assert works(servers)


def test_a_server_that_outlived_its_run_is_ended_first(made: Path) -> None:
    servers_of(made).sockets.mkdir(mode=0o700)
    program = postgres.program(made / "postgres", servers_of(made).sockets, durable=False)
    stray = subprocess.Popen(program.argv, env=program.env, user=program.user, stderr=subprocess.DEVNULL)
    eventually(lambda: postgres.is_ready(made / "postgres"))
    with embedded_servers(made, durable=False) as servers:
        assert works(servers)
        assert stray.wait() is not None


def test_an_interrupted_beginning_begins_anew(folder: Path) -> None:
    unfinished = folder / "postgres.unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    with embedded_servers(folder, durable=False) as servers:
        assert works(servers)
    assert not unfinished.exists()


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("PG_VERSION", "16\n", "was made by PostgreSQL 16, and PostgreSQL 18 runs here"),
        ("PG_VERSION", None, "PG_VERSION cannot be read"),
        ("global/pg_control", "nothing", "could not start"),
        ("postgresql.conf", "no = 'such setting'", "could not start"),
    ],
)
def test_a_folder_that_cannot_be_used_is_named_and_kept(
    made: Path, name: str, content: str | None, sentence: str
) -> None:
    path = made / "postgres" / name
    if content is None:
        path.unlink()
    else:
        path.write_text(content)
    before = {entry: entry.stat().st_size for entry in (made / "postgres").rglob("*") if entry.is_file()}
    with pytest.raises(Refusal, match=sentence) as refusal:
        embedded_servers(made, durable=False).__enter__()
    assert str(made) in str(refusal.value)
    assert {entry: entry.stat().st_size for entry in before} == before


def test_a_socket_folder_of_somebody_else_is_refused(folder: Path, tmp_path: Path) -> None:
    sockets = servers_of(folder).sockets
    sockets.symlink_to(tmp_path)
    try:
        with pytest.raises(Refusal, match="belongs to somebody else"):
            embedded_servers(folder, durable=False).__enter__()
    finally:
        sockets.unlink()


def test_a_missing_redis_is_named(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("app.dev.embedded.find_spec", lambda _name: None)
    with pytest.raises(Refusal, match="Install redis-server or valkey-server"):
        embedded_servers(folder, durable=False).__enter__()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs another identity")
def test_root_without_namespaces_runs_it_as_nobody(tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "unshare").write_text("#!/bin/sh\nexit 1\n")
    (programs / "unshare").chmod(0o755)
    path = f"{programs}:{os.environ['PATH']}"
    script = OWNER_OF_SERVERS.replace("time.sleep(60)", "time.sleep(0)")
    for place in (tmp_path / "new", Path(tempfile.mkdtemp(prefix="guerdon-tests-")) / "open"):
        place.parent.chmod(0o755)
        done = subprocess.run(
            (sys.executable, "-c", script, place),
            cwd=ROOT,
            env=os.environ | {"PATH": path},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        cluster = (place / "postgres").resolve()
        assert cluster.stat().st_uid == pwd.getpwnam("nobody").pw_uid
        if cluster.is_relative_to(postgres.OUTSIDE):
            # Nobody could not reach the folder of the tests, so the cluster was put elsewhere.
            shutil.rmtree(cluster)
        else:
            # Where namespaces are allowed again, the folder becomes root's again.
            with embedded_servers(place, durable=False) as servers:
                assert works(servers)
            shutil.rmtree(place.parent)


def test_signals_reach_it_through_the_namespace(folder: Path) -> None:
    with embedded_servers(folder, durable=False) as servers:
        [postmaster] = [pid for pid in inhabitants(servers.folder / "postgres", postgres.PROCESS_NAMES) if _leads(pid)]
        os.kill(postmaster, signal.SIGHUP)
        assert works(servers)


def _leads(pid: int) -> bool:
    return b"-D" in Path(f"/proc/{pid}/cmdline").read_bytes()
