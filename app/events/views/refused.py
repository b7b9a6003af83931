"""What was sent as events and could not be taken: why, and how to mend it."""

from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue

from app.core.htmx import render
from app.core.moments import number
from app.core.pages import sought
from app.events.blueprint import blueprint
from app.events.mending import advice
from app.events.queries.refusals import find_refusals, refusals_by_id
from app.events.views.narrowing import page_of, window
from app.events.views.telling import WORDS
from app.metrics.queries import breakdown, last_days
from app.workspaces.access import member
from app.workspaces.queries.apps import all_apps

DAYS = 30


@blueprint.get("/w/<workspace>/events/refused")
@member("events.read")
def refused() -> ResponseReturnValue:
    apps, part = all_apps(), window()
    app = {str(app.id): app for app in apps}.get(request.args.get("app", ""))
    code = sought("code")
    found = find_refusals(part, app_id=app.id if app else None, code=code or None)
    return render(
        "events/refused.html",
        page=page_of(found, part),
        lines=refusals_by_id(found.ids),
        looked_to=found.looked_to,
        codes=_codes(app.id if app else None, code),
        apps={app.id: app.name for app in apps},
        is_narrowed=bool(app or code),
        advice=advice,
        app_chips=[(app.id, app.name) for app in apps],
        **WORDS,
    )


def _codes(app_id: UUID | None, code: str) -> list[tuple[str, str, str]]:
    """The reasons of the last thirty days, the most frequent first; and the one that is asked for."""
    where = {"app": str(app_id)} if app_id else {}
    counted = [(one.key, one.n) for one in breakdown("events_rejected", last_days(DAYS), "code", where) if one.key]
    chips = [(key, key, number(n)) for key, n in counted]
    return chips if not code or code in dict(counted) else [*chips, (code, code, number(0))]
