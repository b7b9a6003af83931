"""`make run`: servers, migrations, web, workers and cron, from nothing to an address."""

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from app.core.jobs import QUEUES
from app.dev import database, installation, postgres, secret_file
from app.dev.address import Readiness, reserved
from app.dev.console import Console
from app.dev.embedded import locked, make_private, redis_answers, redis_program
from app.dev.installation import BIN, Installation
from app.dev.processes import Program, Refusal, die_with_parent
from app.dev.supervisor import Ended, Stopped, Supervisor

WEB_WORKERS = 2
# Requests that send events wait for one another, and the more of them wait, the more share a transaction. Fewer than
# DATABASE_POOL, so that no thread waits for a connection.
WEB_THREADS = 16
CONNECTIONS = 1024  # A worker's open connections, idle ones too; further ones wait in the listen queue.


def main() -> int:
    if "MAKELEVEL" in os.environ:
        # Whoever kills make means what make started.
        die_with_parent(os.getppid(), signal.SIGTERM)
    console = Console()
    try:
        wanted = installation.read(os.environ)
        with locked(wanted.data), reserved(wanted):
            environment = wanted.environment(secret_file.keep(wanted.data))
            return supervise(wanted, environment, console)
    except Refusal as refusal:
        console.complain(str(refusal))
        return 2
    except KeyboardInterrupt:
        return 130


def supervise(wanted: Installation, environment: dict[str, str], console: Console) -> int:
    supervisor = Supervisor(console.show)
    try:
        start_servers(supervisor, wanted)
        prepare_database(supervisor, wanted, environment)
        start_web(supervisor, wanted, environment)
        # The workers load after the web server, not beside it: somebody waits for the address, nobody for them.
        supervisor.watch(Readiness(wanted, console.show))
        start_workers(supervisor, environment)
        console.announce(wanted, environment)
        supervisor.watch_forever()
    except Stopped:
        return 0
    except Ended as ended:
        console.complain(f"{ended.name} ended again and again, so everything ends. Its last words:\n{ended.last_words}")
        return 1
    finally:
        console.show("run", "Ending.")
        supervisor.stop()
        shutil.rmtree(wanted.servers.sockets, ignore_errors=True)


def start_servers(supervisor: Supervisor, wanted: Installation) -> None:
    """Start the servers that are not given, and wait until they can be used."""
    make_private(wanted.servers.sockets)
    waiting: dict[str, Callable[[], bool]] = {}
    if wanted.runs_redis:
        supervisor.start(redis_program(wanted.servers), keep=False)
        waiting["redis"] = lambda: redis_answers(wanted.servers)
    if wanted.runs_database:
        cluster = postgres.make(wanted.data, durable=True)
        supervisor.start(postgres.program(cluster, wanted.servers.sockets, durable=True), keep=False)
        waiting["postgres"] = lambda: postgres.is_ready(cluster)
    try:
        supervisor.watch(lambda: all(is_ready() for is_ready in waiting.values()))
    except Ended as ended:
        if ended.name == "redis":
            raise Refusal(f"Redis cannot start:\n{ended.last_words}") from None
        raise Refusal(f"PostgreSQL cannot open {cluster}:\n{ended.last_words}\n{postgres.WAY_OUT}") from None
    for name in waiting:
        supervisor.keep(name)


def prepare_database(supervisor: Supervisor, wanted: Installation, environment: dict[str, str]) -> None:
    """Make roles, database and tables where they are missing or old."""
    with_admin = environment | {"DATABASE_ADMIN_URL": wanted.admin_url or ""}
    for step in database.steps(wanted, environment):
        if supervisor.run(flask("prepare", *step, environment=with_admin)):
            raise Refusal("The database could not be prepared; the lines above say why.")


def start_web(supervisor: Supervisor, wanted: Installation, environment: dict[str, str]) -> None:
    web = ("--interface", "wsgi", "--host", wanted.host, "--port", str(wanted.port), "--no-ws")
    pool = ("--workers", str(WEB_WORKERS), "--blocking-threads", str(WEB_THREADS), "--backpressure", str(CONNECTIONS))
    failing = ("--respawn-failed-workers", "--respawn-interval", "0.5", "--workers-kill-timeout", "3")
    argv = (str(BIN / "granian"), *web, *pool, *failing, "app.dev.web:app")
    counts = {"PROMETHEUS_MULTIPROC_DIR": str(emptied(wanted.data / "metrics"))}
    supervisor.start(Program("web", argv, environment | counts))


def emptied(folder: Path) -> Path:
    """A folder for this run alone: here the processes of the web server keep what /metrics adds up."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def start_workers(supervisor: Supervisor, environment: dict[str, str]) -> None:
    for queue in QUEUES:
        supervisor.start(flask(f"work:{queue}", "work", queue, environment=environment))
    supervisor.start(flask("cron", "cron", environment=environment))


def flask(name: str, *command: str, environment: dict[str, str]) -> Program:
    return Program(name, (str(BIN / "flask"), "--app", "wsgi", *command), environment)


if __name__ == "__main__":
    sys.exit(main())
