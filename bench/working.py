"""How many events one worker process works off in a second: `python -m bench.working`."""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select

from app.config import load
from app.core.clock import now
from app.core.db import db, session
from app.core.tenancy import unit_of_work
from app.dev.processes import Program, end, has_ended, spawn
from app.events.doorbell import ring
from app.events.models import SHARDS, EventFailure, EventQueue
from app.events.operations.intake import Accepted, store
from app.factory import Guerdon, create_app
from bench.__main__ import free_port
from bench.installation import installed

A_PIECE = 1000
EVENTS_A_PERSON = 20
NAMES = ("level_completed", "session_started", "purchase_complete", "signup_complete", "ad_completed")


def events_worked_off(env: Mapping[str, str], workspace_id: UUID, app_id: UUID, events: int) -> float:
    """The rate of a worker that finds so many events in its queue."""
    app = create_app(load(dict(env)))
    with app.app_context():
        _send(workspace_id, app_id, events)
        try:
            return events / _seconds_to_empty(app, dict(env), workspace_id)
        finally:
            for engine in db.engines.values():
                engine.dispose()


def _send(workspace_id: UUID, app_id: UUID, events: int) -> None:
    dice = random.Random(7)
    for first in range(0, events, A_PIECE):
        piece = [_event(dice, number, max(1, events // EVENTS_A_PERSON)) for number in range(first, first + A_PIECE)]
        with unit_of_work(workspace_id):
            store(app_id, dice.choice(["server", "browser"]), piece)


def _event(dice: random.Random, number: int, people: int) -> Accepted:
    """Three of five events by a user id, every third of them with a device beside it, every twentieth an identify."""
    person, is_known, is_identify = dice.randrange(people), dice.random() < 0.6, dice.random() < 0.05
    return Accepted(
        kind="identify" if is_identify else "track",
        name="identify" if is_identify else dice.choice(NAMES),
        user_id=f"u{person}" if is_known else None,
        anonymous_id=f"a{person}" if not is_known or dice.random() < 0.3 else None,
        message_id=f"m{number}",
        session_id="s",
        occurred_at=now() - timedelta(seconds=dice.randrange(90_000)),
        context={"os": {"name": dice.choice(["iOS", "Android"])}, "locale": "en-GB", "library": {"name": "bench"}},
        properties={"name": f"N{person}", "plan": "pro"} if is_identify else {"level": number % 40, "currency": "EUR"},
        country="DE",
        ip_hash=None,
    )


def _seconds_to_empty(app: Guerdon, env: dict[str, str], workspace_id: UUID) -> float:
    app.extensions["guerdon_redis"].client.flushdb()
    command = (sys.executable, "-m", "flask", "--app", "wsgi", "work", "events")
    with tempfile.TemporaryFile() as output:
        worker = spawn(Program("worker", command, env), output)
        try:
            # Until it serves the queue; a worker says so in Redis.
            while not app.extensions["guerdon_redis"].client.scard("rq:workers:events"):
                time.sleep(0.05)
            with unit_of_work(workspace_id):
                ring(workspace_id, range(SHARDS))
            started = time.perf_counter()
            while _waiting(workspace_id):
                if has_ended(worker):
                    output.seek(0)
                    sys.exit(f"The worker ended:\n{output.read().decode()}")
                time.sleep(0.1)
            return time.perf_counter() - started
        finally:
            end(worker, Program("", (), {}).stop_signal, patience=10)


def _waiting(workspace_id: UUID) -> bool:
    with unit_of_work(workspace_id):
        if session.scalar(select(EventFailure.id).limit(1)):
            sys.exit("An event could not be worked off: the figure would mean nothing.")
        return session.scalar(select(func.count()).select_from(EventQueue)) != 0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.working", description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    events = parser.parse_args().events
    with installed(free_port()) as (env, keys):
        rate = events_worked_off(env, UUID(keys["workspace_id"]), UUID(keys["app_id"]), events)
    print(f"{'events worked off by one worker':<34} {rate:>9,.0f}/s (bar 5,000/s)")


if __name__ == "__main__":
    main()
