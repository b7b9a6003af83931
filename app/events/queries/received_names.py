"""The names that events really had: how often, and when last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Text, Uuid, func, select, true
from sqlalchemy.dialects.postgresql import ARRAY, array

from app.core.db import session
from app.core.tenancy import required_workspace
from app.events.models import Event
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
    if not names or not apps:
        return {}
    name = func.unnest(array(names, type_=ARRAY(Text))).table_valued("name").render_derived(name="sought")
    app = func.unnest(array(apps, type_=ARRAY(Uuid))).table_valued("app_id").render_derived(name="theirs")
    newest = (
        select(Event.received_at)
        .where(Event.workspace_id == required_workspace(), Event.app_id == app.c.app_id, Event.name == name.c.name)
        .order_by(Event.id.desc())
        .limit(1)
        .lateral("newest")
    )
    query = (
        select(name.c.name, func.max(newest.c.received_at).label("last_at"))
        .select_from(name.join(app, true()).join(newest, true()))
        .group_by(name.c.name)
    )
    return {row.name: row.last_at for row in session.execute(query)}
