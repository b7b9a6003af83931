"""Programs that we start: what to run, how to end it, and the promise that none outlives its parent."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True)

Process = subprocess.Popen[bytes]


class Refusal(Exception):
    """A sentence for the person at the terminal: what is wrong and the way out."""


def _nothing() -> None:
    pass


@dataclass(frozen=True)
class Program:
    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL
    user: int | None = None
    is_server: bool = False
    prepare: Callable[[], None] = _nothing


def die_with_parent(parent: int, death_signal: signal.Signals = signal.SIGKILL) -> None:
    """Have the kernel send this process a signal as soon as the process `parent` is gone."""
    _libc.prctl(PR_SET_PDEATHSIG, death_signal)
    # The parent may have gone before the kernel was asked.
    if os.getppid() != parent:
        os.kill(os.getpid(), death_signal)


def spawn(program: Program, output: int | IO[bytes]) -> Process:
    """Start a program in a session of its own, leashed to this process."""
    program.prepare()
    parent = os.getpid()
    return subprocess.Popen(
        program.argv,
        env=program.env,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        user=program.user,
        group=program.user,
        extra_groups=None if program.user is None else [],
        # Runs after the change of user, which would clear the leash. It takes no lock, so a fork from threads is safe.
        preexec_fn=lambda: die_with_parent(parent, program.death_signal),
    )


def has_ended(process: Process) -> bool:
    """Whether the process is over, without reaping it: its number, and its group's, stay taken."""
    if process.returncode is not None:
        return True
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None


def bury(process: Process) -> int:
    """Kill what is left of the group and reap its leader."""
    if process.returncode is None:
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait()


def end(process: Process, stop_signal: signal.Signals, patience: float) -> None:
    """Ask a process to stop, and after a while take it away."""
    if not has_ended(process):
        process.send_signal(stop_signal)
    wait_until(lambda: has_ended(process), patience)
    bury(process)


def wait_until(condition: Callable[[], bool], patience: float) -> bool:
    """Look again and again until the condition holds; False when patience ran out."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def inhabitants(folder: Path, names: frozenset[str], user: int | None = None) -> list[int]:
    """Processes with one of these names that work in the folder, whatever a pid file says."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            if (entry / "comm").read_text().strip() in names and _working_folder(entry, user) == folder:
                found.append(int(entry.name))
        except OSError:
            # It ended while we looked, or belongs to somebody else.
            continue
    return found


def _working_folder(entry: Path, user: int | None) -> Path:
    if user is None:
        return (entry / "cwd").readlink()
    # In a container root may not look into the processes of others, so the other looks.
    shown = subprocess.run(
        ("readlink", entry / "cwd"), user=user, group=user, extra_groups=[], capture_output=True, text=True
    )
    return Path(shown.stdout.strip())


def evict(folder: Path, names: frozenset[str], stop_signal: signal.Signals, user: int | None = None) -> None:
    """End what a killed run left working in this folder, which is locked by us."""

    def is_empty() -> bool:
        return not inhabitants(folder, names, user)

    # It was told to end when its parent died; then it is told again.
    if wait_until(is_empty, 5):
        return
    for number in (stop_signal, signal.SIGKILL):
        for pid in inhabitants(folder, names, user):
            # The first to end takes others with it.
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        if wait_until(is_empty, 10):
            return
    raise Refusal(f"A process that cannot be ended still works in {folder}. Restart the machine, then run again.")
