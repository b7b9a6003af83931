"""Keeps the programs of `make run` alive, forwards what they print, and ends them all together."""

import os
import selectors
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NoReturn

from app.dev.processes import Process, Program, bury, has_ended, spawn

DEATHS = 7  # This many deaths
WITHIN = 60.0  # in so many seconds are too many.
POLL = 0.05


class Stopped(Exception):
    """Somebody asked for the end."""


class Ended(Exception):
    """A program that everything depends on is over, and starting it again does not help."""

    def __init__(self, name: str, status: int, last_words: str) -> None:
        super().__init__(name, status, last_words)
        self.name, self.status, self.last_words = name, status, last_words


@dataclass
class Child:
    program: Program
    keep: bool
    process: Process
    output: int
    unfinished: bytes = b""
    last_words: deque[str] = field(default_factory=lambda: deque(maxlen=10))
    deaths: deque[float] = field(default_factory=lambda: deque(maxlen=DEATHS))
    due: float | None = None  # When a dead child is started again.

    @property
    def lives(self) -> bool:
        return self.due is None and not has_ended(self.process)


class Supervisor:
    """One loop in one thread waits for output, deaths and signals at once."""

    def __init__(self, show: Callable[[str, str], None]) -> None:
        self._show = show
        self._children: dict[str, Child] = {}
        self._selector = selectors.DefaultSelector()
        self._asked = 0
        self._bell, ring = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._selector.register(self._bell, selectors.EVENT_READ)
        # A signal that has a handler writes into the pipe, and so ends the wait.
        signal.set_wakeup_fd(ring, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, self._ask)
        signal.signal(signal.SIGTERM, self._ask)
        # Under nohup the end of the terminal is not the end of what runs.
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, self._ask)

    def start(self, program: Program, *, keep: bool = True) -> None:
        """Start a program; with `keep` it is started again whenever it dies."""
        self._children[program.name] = Child(program, keep, *self._spawn(program))

    def keep(self, name: str) -> None:
        self._children[name].keep = True

    def run(self, program: Program) -> int:
        """Run a program to its end and return its status."""
        self.start(program, keep=False)
        try:
            self.watch_forever()
        except Ended as ended:
            if ended.name != program.name:
                raise
            return ended.status

    def watch(self, until: Callable[[], bool]) -> None:
        """Look after everything until the condition holds, somebody asks for the end, or a program is lost."""
        while not until():
            again = time.monotonic() + POLL
            while (left := again - time.monotonic()) > 0:
                self._turn(left)

    def watch_forever(self) -> NoReturn:
        while True:
            moments = [child.due - time.monotonic() for child in self._children.values() if child.due is not None]
            self._turn(max(0.0, min(moments)) if moments else None)

    def stop(self) -> None:
        """End everything: first what uses the servers, then the servers. Asked once more, wait no longer."""
        children = self._children.values()
        self._end([child for child in children if not child.program.is_server], patience=10)
        self._end([child for child in children if child.program.is_server], patience=60)
        self._children.clear()

    def _ask(self, *_: object) -> None:
        self._asked += 1

    def _turn(self, patience: float | None) -> None:
        self._forward(patience)
        if self._asked:
            raise Stopped
        for child in list(self._children.values()):
            if child.due is not None and child.due <= time.monotonic():
                child.process, child.output = self._spawn(child.program)
                child.due = None
            elif child.due is None and has_ended(child.process):
                self._lost(child)

    def _lost(self, child: Child) -> None:
        status, name, now = self._part(child), child.program.name, time.monotonic()
        child.deaths.append(now)
        recent = sum(now - death < WITHIN for death in child.deaths)
        if not child.keep or recent == DEATHS:
            del self._children[name]
            raise Ended(name, status, "\n".join(child.last_words))
        how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
        self._show("run", f"{name} {how}; it is started again.")
        child.due = now + 0.1 * 2**recent

    def _end(self, children: Iterable[Child], patience: float) -> None:
        leaving = [child for child in children if child.due is None]
        asked = self._asked
        for child in leaving:
            if child.lives:
                child.process.send_signal(child.program.stop_signal)
        deadline = time.monotonic() + patience
        while any(child.lives for child in leaving) and time.monotonic() < deadline and self._asked == asked:
            self._forward(POLL)
        for child in leaving:
            self._part(child)

    def _spawn(self, program: Program) -> tuple[Process, int]:
        output, inlet = os.pipe()
        os.set_blocking(output, False)
        try:
            process = spawn(program, inlet)
        finally:
            os.close(inlet)
        self._selector.register(output, selectors.EVENT_READ, program.name)
        return process, output

    def _part(self, child: Child) -> int:
        """Take leave of a dead child, or make it one: its group, its output, its status."""
        status = bury(child.process)
        while self._read(child):
            pass
        if child.unfinished:
            self._say(child, child.unfinished)
        if child.output in self._selector.get_map():
            self._selector.unregister(child.output)
        os.close(child.output)
        child.unfinished = b""
        return status

    def _forward(self, patience: float | None) -> None:
        for key, _ in self._selector.select(patience):
            if key.data is None:
                os.read(self._bell, 4096)
            elif not self._read(self._children[key.data]):
                self._selector.unregister(key.fd)

    def _read(self, child: Child) -> bool:
        """Show the lines that wait; False when none will come any more, or none waits."""
        try:
            text = os.read(child.output, 65536)
        except BlockingIOError:
            return False
        *lines, child.unfinished = (child.unfinished + text).split(b"\n")
        for line in lines:
            self._say(child, line)
        return bool(text)

    def _say(self, child: Child, line: bytes) -> None:
        words = line.decode(errors="replace")
        child.last_words.append(words)
        self._show(child.program.name, words)
