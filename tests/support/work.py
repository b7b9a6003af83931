"""Jobs for tests: they leave a row behind, or break."""

import os
import signal
import time

from sqlalchemy import func, select, text

from app.core.db import session
from app.core.tables import ScheduledRun
from app.core.tenancy import unit_of_work


def note(what: str) -> None:
    """Leave a trace each time it runs."""
    with unit_of_work():
        session.add(ScheduledRun(job=what, due_at=func.clock_timestamp()))


def noted(what: str) -> int:
    """How many times it ran."""
    with unit_of_work():
        return session.scalar(select(func.count()).select_from(ScheduledRun).where(ScheduledRun.job == what)) or 0


def fail(what: str) -> None:
    note(what)
    raise ValueError(f"{what} is wrong, says ines@example.org")


def linger(what: str, seconds: str) -> None:
    """Say when it begins and when it has ended."""
    note(f"{what} begun")
    time.sleep(float(seconds))
    note(f"{what} ended")


def lose_the_database(what: str) -> None:
    """The first time, cut the own connection; the next time, succeed."""
    note(what)
    if noted(what) == 1:
        with unit_of_work():
            session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


def kill_the_worker(what: str) -> None:
    note(what)
    os.kill(os.getpid(), signal.SIGKILL)
