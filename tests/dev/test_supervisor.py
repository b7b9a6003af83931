"""The supervisor with tiny programs: what it keeps alive, what it gives up, and that it ends all."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.dev.running import ROOT, eventually

pytestmark = pytest.mark.thorough

SUPERVISE = """
import os, signal, sys
from app.dev.processes import Program
from app.dev.supervisor import Ended, Stopped, Supervisor

supervisor = Supervisor(lambda name, line: print(f"{name}: {line}", flush=True))
try:
    for name, script in zip(sys.argv[1::2], sys.argv[2::2]):
        supervisor.start(Program(name, ("/bin/sh", "-c", script), dict(os.environ), is_server=name == "server"))
    supervisor.watch_forever()
except Stopped:
    print("stopped", flush=True)
except Ended as ended:
    print(f"{ended.name} ended with {ended.status}: {ended.last_words}", flush=True)
    sys.exit(1)
finally:
    supervisor.stop()
"""


@contextmanager
def supervising(log: Path, **programs: str) -> Iterator[tuple["subprocess.Popen[bytes]", Path]]:
    arguments = [part for pair in programs.items() for part in pair]
    with log.open("wb") as output:
        process = subprocess.Popen((sys.executable, "-c", SUPERVISE, *arguments), cwd=ROOT, stdout=output)
    try:
        yield process, log
    finally:
        process.kill()
        process.wait()


def lives(pid: str) -> bool:
    return Path(f"/proc/{pid}").exists()


def lines(log: Path, name: str) -> list[str]:
    return [line.removeprefix(f"{name}: ") for line in log.read_text().splitlines() if line.startswith(f"{name}: ")]


def test_what_dies_is_started_again(tmp_path: Path) -> None:
    with supervising(tmp_path / "log", one="echo $$; exec sleep 60", two="echo $$; exec sleep 60") as (_, log):
        eventually(lambda: len(lines(log, "one")) == 1 and len(lines(log, "two")) == 1)
        os.kill(int(lines(log, "one")[0]), signal.SIGKILL)
        eventually(lambda: len(lines(log, "one")) == 2)
        assert lines(log, "run") == ["one was killed by signal 9; it is started again."]
        assert len(lines(log, "two")) == 1


@pytest.mark.slow
def test_what_dies_again_and_again_ends_everything_with_its_last_words(tmp_path: Path) -> None:
    with supervising(tmp_path / "log", good="echo $$; exec sleep 60", bad="echo broken; exit 3") as (process, log):
        assert process.wait(60) == 1
        assert "bad ended with 3: broken" in log.read_text()
        assert not lives(lines(log, "good")[0])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_servers_end_after_those_they_serve(tmp_path: Path, number: signal.Signals) -> None:
    says = "trap 'echo ends; exit' TERM; echo $$; while :; do sleep 0.05; done"
    with supervising(tmp_path / "log", server=says, client=says) as (process, log):
        eventually(lambda: bool(lines(log, "server") and lines(log, "client")))
        process.send_signal(number)
        assert process.wait(20) == 0
        said = log.read_text().splitlines()
        assert said.index("client: ends") < said.index("server: ends")


def test_what_does_not_listen_is_taken_away_when_asked_twice(tmp_path: Path) -> None:
    with supervising(tmp_path / "log", deaf="trap '' TERM; echo $$; while :; do sleep 0.05; done") as (process, log):
        eventually(lambda: bool(lines(log, "deaf")))
        process.send_signal(signal.SIGINT)
        eventually(lambda: "stopped" in log.read_text())
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 0
        assert not lives(lines(log, "deaf")[0])


def test_a_killed_supervisor_takes_its_programs_along(tmp_path: Path) -> None:
    with supervising(tmp_path / "log", one="echo $$; exec sleep 60") as (process, log):
        eventually(lambda: bool(lines(log, "one")))
        process.kill()
        process.wait()
        eventually(lambda: not lives(lines(log, "one")[0]), 5)


def test_what_a_dead_program_left_behind_is_ended(tmp_path: Path) -> None:
    with supervising(tmp_path / "log", one="sleep 60 & echo $!; wait") as (_, log):
        eventually(lambda: len(lines(log, "one")) == 1)
        left = lines(log, "one")[0]
        leader = Path(f"/proc/{left}/stat").read_text().rpartition(")")[2].split()[1]
        os.kill(int(leader), signal.SIGKILL)
        eventually(lambda: not lives(left))


def test_long_output_arrives_whole(tmp_path: Path) -> None:
    with supervising(tmp_path / "log", one="seq 1 20000; printf unfinished; exec sleep 60") as (process, log):
        eventually(lambda: len(lines(log, "one")) == 20_000)
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        assert lines(log, "one") == [*map(str, range(1, 20_001)), "unfinished"]
