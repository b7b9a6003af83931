"""Counting what happens, and folding what was counted."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from app.core.db import session
from app.core.ids import new_id
from app.core.tenancy import required_workspace
from app.metrics.queries import timezone_here
from app.metrics.spans import hour_of


@dataclass(frozen=True)
class Tally:
    """So many of something happened; a metric has the same few dimensions each time."""

    metric: str
    at: datetime
    dimensions: dict[str, str]
    n: int = 1
    value: int = 0


def count(tallies: Iterable[Tally]) -> None:
    """Write down what happened in the current workspace; equal tallies become one fact."""
    tallies = list(tallies)
    if not tallies:
        return
    timezone = timezone_here()
    sums: dict[tuple[str, datetime, str], list[int]] = defaultdict(lambda: [0, 0])
    for tally in tallies:
        sums_of = sums[tally.metric, hour_of(tally.at, timezone), _written(tally.dimensions)]
        sums_of[0] += tally.n
        sums_of[1] += tally.value
    metrics, hours, dimensions = zip(*sums, strict=True)
    ns, values = zip(*sums.values(), strict=True)
    session.execute(
        _INSERT_FACTS,
        {
            "workspace": required_workspace(),
            "ids": [new_id() for _ in sums],
            "metrics": list(metrics),
            "hours": list(hours),
            "dimensions": list(dimensions),
            "ns": list(ns),
            "values": list(values),
        },
    )


def _written(dimensions: dict[str, str]) -> str:
    return json.dumps(dimensions, ensure_ascii=False, sort_keys=True)


_INSERT_FACTS = text("""
    INSERT INTO fact (workspace_id, id, metric, hour, dimensions, n, value)
    SELECT :workspace, *
      FROM unnest(CAST(:ids AS uuid[]), CAST(:metrics AS text[]), CAST(:hours AS timestamp[]),
                  CAST(:dimensions AS jsonb[]), CAST(:ns AS bigint[]), CAST(:values AS bigint[]))
""")
