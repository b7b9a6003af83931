"""How PostgreSQL answers: by ranges of one index, under row level security, whatever lies beside them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import Engine, event, make_url

from app.core.clock import now
from app.core.db import session
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from app.metrics.operations import Tally, count, fold
from app.metrics.queries import breakdown, last_days, series, series_by, side_by_side, top, total
from tests.factories.workspaces import a_workspace
from tests.support.servers import TestServers

SPAN = last_days(90, "UTC")
QUESTIONS: dict[str, Callable[[], object]] = {
    "series": lambda: series("events", SPAN),
    "series of an app": lambda: series("events", SPAN, {"app": "a"}),
    "side by side": lambda: side_by_side(["events", "people"], SPAN),
    "total": lambda: total("events", SPAN, {"app": "a", "name": "name-1"}),
    "breakdown": lambda: breakdown("events", SPAN, "app"),
    "top of an app": lambda: top("events", SPAN, "name", 20, {"app": "a"}),
    "names beside one another": lambda: series_by("events", SPAN, "name", ["name-1", "name-2"]),
}

KEYED = ("series", "series of an app", "side by side", "total", "names beside one another")


def plan_of(ask: Callable[[], object]) -> str:
    """The plan for the statement that a question sends."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        sent.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    statement, parameters = sent[-1]
    return "\n".join(session.connection().exec_driver_sql(f"EXPLAIN {statement}", parameters).scalars())


def fill(workspace_id: UUID) -> None:
    with unit_of_work(workspace_id):
        count(
            Tally("events", now() - timedelta(days=day), {"app": app, "name": f"name-{name}", "trust": "server"})
            for day in range(100)
            for app in "abc"
            for name in range(10)
        )
        fold()
        count([Tally("events", now(), {"app": "a", "name": "name-1", "trust": "server"})])


@pytest.mark.thorough
def test_each_question_reads_a_range_of_the_index(committing_app: Guerdon, servers: TestServers) -> None:
    with committing_app.app_context():
        ours, theirs = a_workspace(), a_workspace()
        for workspace_id in (ours, theirs):
            fill(workspace_id)
        with psycopg.connect(
            servers.dsn(make_url(committing_app.settings.database_url).database), autocommit=True
        ) as admin:
            admin.execute("ANALYZE rollup, fact")
        for question, ask in QUESTIONS.items():
            with unit_of_work(ours):
                plan = plan_of(ask)
            rollups = next((line for line in plan.splitlines() if "Index Cond" in line and "shape" in line), "")
            # Who knows the whole key reads no other row, however many names there are.
            keys = ["dimension_key"] if question in KEYED else []
            for part in ("workspace_id", str(ours), "metric", "grain", "bucket", *keys):
                assert part in rollups, f"{question}:\n{plan}"
            assert "Seq Scan on rollup" not in plan
