"""`make run` as a test meets it: started in a folder and on a port of its own, read, killed, and looked for."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "app.dev.run")
OWN_SETTINGS = re.compile(r"DATABASE_|REDIS_URL|PORT$|HOST$|DATA_DIR|MAKE")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(data: Path, port: int, **settings: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not OWN_SETTINGS.match(name)}
    return inherited | {"DATA_DIR": str(data), "PORT": str(port)} | settings


def refused(data: Path, port: int, **settings: str) -> str:
    """What a run that must not come up says."""
    ended = subprocess.run(
        COMMAND, cwd=ROOT, env=environment(data, port, **settings), capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 2, ended.stdout + ended.stderr
    return ended.stderr


def eventually(condition: Callable[[], bool], patience: float = 20) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, f"still waiting after {patience} s"
        time.sleep(0.05)


class Running:
    def __init__(self, data: Path, port: int, log: Path, command: tuple[str, ...], settings: dict[str, str]) -> None:
        self.data, self.port, self.log = data, port, log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment(data, port, **settings),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def answers(self) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=2) as answer:
                return bool(answer.status == HTTPStatus.OK)
        except (HTTPError, URLError, OSError):
            return False

    def wait_until_ready(self) -> None:
        eventually(lambda: "Guerdon is ready" in self.said or self.process.poll() is not None, 60)
        assert self.process.poll() is None, self.said

    def pids(self, words: str = "") -> list[int]:
        """Every process of this run whose command line has these words: known by its settings or its folder."""
        return [pid for pid in _processes_of(self.data) if words in _command_line(pid)]

    def pid_of(self, words: str) -> int:
        eventually(lambda: bool(self.pids(words)))
        return min(self.pids(words))

    def kill(self, words: str) -> None:
        """Kill one process, and wait until another has its place and everything answers."""
        pid = self.pid_of(words)
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: pid not in self.pids(words) and bool(self.pids(words)))
        eventually(self.answers)

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)


@contextmanager
def running(
    data: Path, *, port: int | None = None, command: tuple[str, ...] = COMMAND, **settings: str
) -> Iterator[Running]:
    run = Running(data, port or free_port(), data.with_suffix(".log"), command, settings)
    try:
        yield run
    finally:
        if run.process.poll() is None:
            run.stop()


def _processes_of(data: Path) -> list[int]:
    mark = f"DATA_DIR={data}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if not entry.name.isdecimal() or entry.joinpath("stat").read_text().rpartition(")")[2].split()[0] == "Z":
                continue
            is_ours = mark in entry.joinpath("environ").read_bytes().split(b"\0")
            if is_ours or entry.joinpath("cwd").readlink().is_relative_to(data):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""
