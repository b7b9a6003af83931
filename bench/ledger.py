"""`python -m bench.ledger`: transfers a second, as the bare INSERT with its triggers and through the operations."""

import argparse
import multiprocessing
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from pathlib import Path
from uuid import UUID

import psycopg

from app.core.db import db
from app.core.ids import new_id
from app.core.tenancy import unit_of_work
from app.dev.embedded import Servers, embedded_servers
from app.dev.postgres import binary
from app.factory import create_app
from app.ledger.operations import Cause, Owner, credit, points_of, spend, transfer, verify
from bench.installation import environment, flask

CLIENTS = 8
PEOPLE = 20_000
PLENTY = 10**9
AT_ONCE = 100
WARM_UP = 20
WORKSPACE, APP, ISSUANCE = (UUID(f"00000000-0000-7000-8000-00000000000{n}") for n in (7, 8, 9))
UNIT = points_of(APP)


def book_of(number: int) -> UUID:
    """People and their books have the same ids, which a pgbench script can write."""
    return UUID(f"00000000-0000-7000-9000-{number:012d}")


PREPARE = f"""
    INSERT INTO workspace (id, slug, name, status, verified, timezone, settings)
    VALUES ('{WORKSPACE}', 'bench', 'Bench', 'active', false, 'UTC', '{{}}');
    INSERT INTO app (workspace_id, id, name, identifier, platform, status, is_test)
    VALUES ('{WORKSPACE}', '{APP}', 'Bench', 'bench.example', 'web', 'active', false);
    INSERT INTO account_book (workspace_id, id, owner_kind, owner_id, unit, provenance, purpose, keeps_balance)
    VALUES ('{WORKSPACE}', '{ISSUANCE}', 'platform', '00000000-0000-7000-8000-000000000001', '{UNIT}', 'issuance',
            'available', false),
           ('{WORKSPACE}', uuidv7(), 'platform', '00000000-0000-7000-8000-000000000001', '{UNIT}', 'spent', 'available',
            false);
    INSERT INTO account_book (workspace_id, id, owner_kind, owner_id, unit, provenance, purpose, keeps_balance)
    SELECT '{WORKSPACE}', id, 'person', id, '{UNIT}', 'bonus', 'available', true
      FROM (SELECT ('00000000-0000-7000-9000-' || lpad(n::text, 12, '0'))::uuid AS id
              FROM generate_series(1, {PEOPLE}) n);
    INSERT INTO transfer (workspace_id, id, from_book, to_book, unit, amount, kind, cause_kind, cause_id, cause_part,
                          metadata)
    SELECT '{WORKSPACE}', uuidv7(), '{ISSUANCE}', id, '{UNIT}', {PLENTY}, 'bonus', 'bench', id::text, 0, '{{}}'
      FROM account_book WHERE owner_kind = 'person';
    ANALYZE;
"""

BOOK = "('00000000-0000-7000-9000-' || lpad((:{})::text, 12, '0'))::uuid"
INSERT = """{sets}
INSERT INTO transfer (workspace_id, id, from_book, to_book, unit, amount, kind, cause_kind, cause_id, cause_part,
                      metadata)
VALUES ('{workspace}', uuidv7(), {source}, {target}, '{unit}', 1, 'bonus', 'bench', uuidv7()::text, 0, '{{}}');
"""
TWO = f"\\set a random(1, {PEOPLE // 2})\n\\set b random({PEOPLE // 2 + 1}, {PEOPLE})"
ONE = f"\\set b random(1, {PEOPLE})"


def script(sets: str, source: str, target: str) -> str:
    return INSERT.format(sets=sets, source=source, target=target, workspace=WORKSPACE, unit=UNIT)


SCRIPTS = {
    "between two random books": (script(TWO, BOOK.format("a"), BOOK.format("b")), 10_000),
    "from a platform book": (script(ONE, f"'{ISSUANCE}'", BOOK.format("b")), 10_000),
    "on one person's book": (script("", f"'{ISSUANCE}'", f"'{book_of(1)}'"), 2_500),
}


def pgbench(servers: Servers, text: str, seconds: float) -> float:
    """Transactions a second of 8 clients who do nothing else."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(text)
        file.flush()
        command = (binary("pgbench"), "-n", "-M", "prepared", "-c", CLIENTS, "-j", 2, "-T", max(1, int(seconds)))
        where = ("-f", file.name, "-h", servers.sockets, "-U", "guerdon_app", "guerdon")
        scoped = os.environ | {"PGOPTIONS": f"-c app.workspace_id={WORKSPACE}"}
        done = subprocess.run([str(word) for word in (*command, *where)], env=scoped, capture_output=True, text=True)
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    if done.returncode or found is None:
        sys.exit(f"pgbench failed:\n{done.stdout}{done.stderr}")
    return float(found[1])


def a_person(first: int = 1, last: int = PEOPLE) -> Owner:
    return Owner("person", book_of(random.randint(first, last)))


def a_cause() -> Cause:
    return Cause("bench", str(new_id()))


def give_to(owner: Owner) -> None:
    credit(owner, UNIT, 1, provenance="bonus", kind="bonus", cause=a_cause())


def pass_on() -> None:
    giver, receiver = a_person(1, PEOPLE // 2), a_person(PEOPLE // 2 + 1)
    transfer(giver, receiver, UNIT, 1, provenance="bonus", kind="gift", cause=a_cause())


def give_to_many() -> None:
    """As work on a batch of events does it: in the order of the people's ids, in one transaction."""
    for number in sorted(random.sample(range(1, PEOPLE + 1), AT_ONCE)):
        give_to(Owner("person", book_of(number)))


def take_from(owner: Owner) -> None:
    spend(owner, UNIT, 1, kind="points_spent", cause=a_cause())


@dataclass(frozen=True)
class Work:
    """An operation, what its INSERT reached in pgbench, and the share of that it should reach."""

    name: str
    do: Callable[[], None]
    bound: str
    bar: float | None
    transfers: int = 1


WORK = (
    Work("transfer() between two random people", pass_on, "between two random books", 0.5),
    Work("credit() of a random person", lambda: give_to(a_person()), "from a platform book", 0.5),
    Work("credit() of random people, 100 at once", give_to_many, "from a platform book", 0.5, AT_ONCE),
    Work("credit() of one person", lambda: give_to(Owner("person", book_of(1))), "on one person's book", 0.5),
    Work("spend() of a random person", lambda: take_from(a_person()), "from a platform book", None),
    Work("spend() of one person", lambda: take_from(Owner("person", book_of(1))), "on one person's book", None),
)


_together: Barrier


def be_a_client(together: Barrier) -> None:
    global _together
    _together = together


def client(place: int, seconds: float) -> int:
    """One process of the eight: one transaction after the other, counted from when all of them are warm."""
    app = create_app()
    done = 0
    with app.app_context():
        for _ in range(WARM_UP):
            with unit_of_work(WORKSPACE):
                WORK[place].do()
        _together.wait()
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            with unit_of_work(WORKSPACE):
                WORK[place].do()
            done += WORK[place].transfers
        db.engine.dispose()
    return done


def through_python(place: int, seconds: float) -> float:
    context = multiprocessing.get_context("spawn")
    together = context.Barrier(CLIENTS)
    with ProcessPoolExecutor(CLIENTS, context, be_a_client, (together,)) as pool:
        return sum(pool.map(client, [place] * CLIENTS, [seconds] * CLIENTS)) / seconds


def show(name: str, rate: float, bound: float | None = None, bar: float | None = None) -> None:
    ratio = f"{rate / bound:8.2f}" if bound else " " * 8
    print(f"{name:<42} {rate:>9,.0f}/s {ratio} {f'{bar:10,.2f}' if bar else ''}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.ledger", description=__doc__)
    parser.add_argument("--seconds", type=float, default=8, help="how long each figure is measured")
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory(prefix="guerdon-bench-") as folder, embedded_servers(Path(folder)) as servers:
        os.environ.update(environment(servers, 0))
        flask(dict(os.environ), "init-db")
        flask(dict(os.environ), "db", "upgrade")
        with psycopg.connect(f"postgresql://guerdon_owner@/guerdon?host={servers.sockets}") as owner:
            owner.execute(PREPARE)
        print(f"{'what, with 8 clients':<42} {'rate':>11} {'ratio':>8} {'bar':>10}")
        bounds = {}
        for name, (text, bar) in SCRIPTS.items():
            bounds[name] = pgbench(servers, text, seconds)
            show(f"INSERT {name} (pgbench)", bounds[name], bounds[name] if not bar else None, bar)
        for place, work in enumerate(WORK):
            show(work.name, through_python(place, seconds), bounds[work.bound], work.bar)
        started = time.perf_counter()
        with create_app().app_context(), unit_of_work(role="staff"):
            found = verify()
            db.session.rollback()
        print(f"verify(): {len(found)} differences in {time.perf_counter() - started:.1f} s")


if __name__ == "__main__":
    main()
