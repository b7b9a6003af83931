"""Events in by HTTP: `python -m bench.intake`. Singly, against pgbench with the same statement, and in batches."""

import argparse
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import make_url

from app.dev.postgres import binary
from app.events.operations.intake import STORE
from bench.installation import free_port, installed, served
from bench.load import Measured, measure, request_of

CLIENTS = 32
BATCHES_AT_ONCE = 8
BATCH = 500
EVENT = {
    "event": "Level Completed",
    "userId": "u1",
    "properties": {"level": 3, "coins": 120, "world": "reef"},
    "context": {"locale": "en-GB", "library": {"name": "bench", "version": "1"}},
}
# A row as the statement takes it, with ids made by the database in the place of ours.
ROW = """jsonb_build_array(jsonb_build_object(
    'id', uuidv7(), 'key', gen_random_uuid(), 'shard', 3, 'app_id', '{app_id}', 'trust', 'server', 'kind', 'track',
    'name', 'Level Completed', 'user_id', 'u1', 'message_id', gen_random_uuid(), 'occurred_at', now(),
    'context', jsonb '{context}', 'properties', jsonb '{properties}'
))"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.intake", description=__doc__)
    parser.add_argument("--seconds", type=float, default=8, help="how long each figure is measured")
    seconds = parser.parse_args().seconds
    port = free_port()
    with installed(port) as (env, keys):
        bound = statements_a_second(env, keys, seconds)
        print(f"pgbench, the same statement  {bound:>9,.0f}/s", flush=True)
        with served("wsgi:app", port, env):
            one = load(port, keys, "/v1/track", EVENT, CLIENTS, seconds)
            show("one event a request", one, 1, f"{one.rate / bound:.3f} of it, bar 0.200")
            users = ({**EVENT, "type": "track", "userId": f"u{number}"} for number in range(BATCH))
            many = load(port, keys, "/v1/batch", {"batch": [*users]}, BATCHES_AT_ONCE, seconds)
            show(f"batches of {BATCH}", many, BATCH, "bar 25,000/s")


def statements_a_second(env: Mapping[str, str], keys: Mapping[str, str], seconds: float) -> float:
    """What PostgreSQL alone does of it, each event in a transaction of its own."""
    row = ROW.format(
        app_id=keys["app_id"], context=json.dumps(EVENT["context"]), properties=json.dumps(EVENT["properties"])
    )
    statement = STORE.replace("%(rows)s", row).replace("%(received_at)s", "now()")
    address = make_url(env["DATABASE_URL"])
    server = ("-h", str(address.query["host"]), "-U", str(address.username))
    how = ("--no-vacuum", "--protocol", "prepared", "--client", str(CLIENTS), "--jobs", "2", "--time", f"{seconds:.0f}")
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "store.sql"
        script.write_text(" ".join(statement.split()) + ";\n")
        done = subprocess.run(
            (binary("pgbench"), *server, *how, "--file", script, str(address.database)),
            env=os.environ | {"PGOPTIONS": f"-c app.workspace_id={keys['workspace_id']}"},
            capture_output=True,
            text=True,
            check=True,
        )
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if found is None:
        raise SystemExit(f"pgbench said:\n{done.stdout}{done.stderr}")
    return float(found[1])


def load(port: int, keys: Mapping[str, str], path: str, body: object, clients: int, seconds: float) -> Measured:
    request = request_of(path, {"Authorization": f"Bearer {keys['secret_key']}"}, json.dumps(body).encode())
    return measure(("127.0.0.1", port), request, clients=clients, seconds=seconds, warm_up=seconds / 4)


def show(name: str, measured: Measured, events: int, beside: str) -> None:
    middle, slow = (measured.percentile(share) * 1000 for share in (0.5, 0.95))
    rate = f"{measured.rate * events:>9,.0f}/s"
    print(f"{name:<28} {rate}  p50 {middle:.1f} ms, p95 {slow:.1f} ms  {beside}", flush=True)
    if measured.other_statuses:
        print(f"  {measured.other_statuses} of these were not 200: the figure means nothing", flush=True)


if __name__ == "__main__":
    main()
