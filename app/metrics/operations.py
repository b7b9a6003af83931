"""Counting what happens, and folding what was counted."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import func, select

from app.core.db import after_commit, session
from app.core.ids import new_id
from app.core.jobs import push
from app.core.redis import Away, ask
from app.core.tenancy import required_workspace
from app.metrics.models import checked, shape_of, shapes_of
from app.metrics.queries import timezone_here
from app.metrics.spans import buckets_of, hour_of
from app.metrics.statements import ADD_TO_ROLLUPS, INSERT_FACTS, TAKE_FACTS

log = structlog.get_logger()

_written = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode

FOLD = "app.metrics.jobs.fold_facts"
# A workspace is folded at most this often; what comes meanwhile is read as it is, and left to the sweep.
PAUSE_SECONDS = 3
# So many facts are folded in one transaction: their rollups are locked until it ends.
MOST_AT_ONCE = 20_000


@dataclass(frozen=True)
class Tally:
    """So many of something happened; a metric has the same few dimensions each time."""

    metric: str
    at: datetime
    dimensions: dict[str, str]
    n: int = 1
    value: int = 0


def count(tallies: Iterable[Tally]) -> None:
    """Write down what happens in the current workspace; equal tallies become one fact."""
    tallies = list(tallies)
    if not tallies:
        return
    timezone = timezone_here()
    alike, sums = _Sums(), _Sums()
    for tally in tallies:
        alike.add((tally.metric, hour_of(tally.at, timezone), tuple(tally.dimensions.items())), tally.n, tally.value)
    for (metric, hour, dimensions), n, value in alike:
        sums.add((metric, hour, _written(checked(dict(dimensions)))), n, value)
    session.execute(INSERT_FACTS, sums.columns("metrics", "hours", "dimensions"))
    after_commit(partial(_ring, required_workspace()))


def fold() -> int:
    """Turn facts of the current workspace into rollups; how many it were."""
    # Two folds would take facts away from each other in whatever order they find them; so the second waits.
    turn = hashlib.sha256(b"fold" + required_workspace().bytes).digest()[:8]
    session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(turn, signed=True))))
    taken = session.execute(TAKE_FACTS, {"here": required_workspace(), "most": MOST_AT_ONCE}).all()
    if not taken:
        return 0
    sums = _Sums()
    for metric, hour, dimensions, n, value, _ in taken:
        for grain, bucket in buckets_of(hour).items():
            for shape in shapes_of(dimensions):
                sums.add((metric, grain, shape_of(shape), bucket, _written(shape)), int(n), int(value))
    session.execute(ADD_TO_ROLLUPS, sums.columns("metrics", "grains", "shapes", "buckets", "dimensions"))
    return sum(row.facts for row in taken)


def _ring(workspace_id: UUID) -> None:
    # The transaction is durable already, so nothing may fail here: the sweep finds facts that nobody rang for.
    try:
        if ask(lambda redis: redis.set(f"fold:{workspace_id}", "1", nx=True, ex=PAUSE_SECONDS)):
            push(FOLD, str(workspace_id))
    except Away:
        log.warning("fold_left_to_the_sweep")


class _Sums:
    """Sums by key, and the same as columns to be sent in one statement."""

    def __init__(self) -> None:
        self._sums: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0])

    def add(self, key: tuple[Any, ...], n: int, value: int) -> None:
        sums = self._sums[key]
        sums[0] += n
        sums[1] += value

    def __iter__(self) -> Iterator[tuple[tuple[Any, ...], int, int]]:
        return ((key, n, value) for key, (n, value) in self._sums.items())

    def columns(self, *names: str) -> dict[str, Any]:
        """Sorted, so that everybody locks rows in the same order."""
        rows = sorted((*key, n, value) for key, n, value in self)
        columns = dict(zip((*names, "ns", "values"), map(list, zip(*rows, strict=True)), strict=True))
        return {"here": required_workspace(), "ids": [new_id() for _ in rows], **columns}
