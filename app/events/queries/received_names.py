"""The names that events really had: how often, and when last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from app.core.db import session
from app.core.tenancy import required_workspace
from app.metrics.queries import last_days, top
from app.workspaces.queries.apps import all_apps

DAYS = 30


@dataclass(frozen=True)
class ReceivedName:
    """A name, how often it came in the last thirty days, and when it came last."""

    name: str
    n: int
    last_at: datetime | None


def received_names(limit: int, *, app_id: UUID | None = None) -> list[ReceivedName]:
    """The most frequent names of the last thirty days, of all apps or of one."""
    where = {"app": str(app_id)} if app_id else {}
    counted = [(one.key, one.n) for one in top("events", last_days(DAYS), "name", limit, where) if one.key is not None]
    apps = [app_id] if app_id else [app.id for app in all_apps()]
    lasts = _last_received([name for name, _ in counted], apps)
    return [ReceivedName(name, n, lasts.get(name)) for name, n in counted]


def _last_received(names: Sequence[str], apps: Sequence[UUID]) -> dict[str, datetime]:
    """The newest event of each name: one look into the index for each app and name."""
    asked = {"here": required_workspace(), "names": list(names), "apps": list(apps)}
    return {row.name: row.last_at for row in session.execute(_LAST_RECEIVED, asked)}


_LAST_RECEIVED = text("""
    SELECT sought.name, max(newest.received_at) AS last_at
      FROM unnest(CAST(:names AS text[])) AS sought (name)
     CROSS JOIN unnest(CAST(:apps AS uuid[])) AS theirs (app_id)
     CROSS JOIN LATERAL (
        SELECT received_at FROM event
         WHERE workspace_id = :here AND app_id = theirs.app_id AND name = sought.name
         ORDER BY id DESC LIMIT 1
     ) AS newest
     GROUP BY sought.name
""")
