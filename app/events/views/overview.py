"""How many events there were, when, and of what."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import g, make_response, request
from flask.typing import ResponseReturnValue

from app.core.components import here
from app.core.htmx import if_new, render, wants_part
from app.core.moments import growth, short_day
from app.core.pages import as_csv, chosen
from app.events.blueprint import blueprint
from app.events.first_event import first_event_call
from app.events.queries.overview import Overview, has_any_come, is_anything_counted, names_of, overview_of
from app.events.views.telling import TRUSTS
from app.metrics.queries import last_days, last_hours, series
from app.metrics.spans import Span
from app.workspaces.access import member, this_workspace
from app.workspaces.models import App
from app.workspaces.platforms import PLATFORMS
from app.workspaces.queries.apps import all_apps

# What one chooses from, and how the stretch before it is called.
SPANS = {
    "24h": ("24 h", "the 24 hours before"),
    "7": ("7 days", "the 7 days before"),
    "30": ("30 days", "the 30 days before"),
    "90": ("90 days", "the 90 days before"),
}
USUAL = "30"
MOST_POINTS = 30


@blueprint.get("/w/<workspace>/events")
@member("events.read")
def overview() -> ResponseReturnValue:
    apps, span_name = all_apps(), chosen("span", SPANS) or USUAL
    app, span = _app_of(apps), _span(span_name)
    if request.args.get("format") == "csv":
        return _csv(span, app.id if app else None)
    found = overview_of(span, app.id if app else None)
    if not found.n and not is_anything_counted():
        return if_new(make_response(render("events/overview.html", part="overview", **_beginning(apps))))
    return render(
        "events/overview.html",
        part="overview",
        app_id=app.id if app else None,
        apps=_called(apps),
        trusts=TRUSTS,
        has_just_begun=wants_part(),
        spans=[(label, here(span=name), name == span_name) for name, (label, _) in SPANS.items()],
        before=SPANS[span_name][1],
        **_drawn(found, span),
    )


def _drawn(found: Overview, span: Span) -> dict[str, Any]:
    """What the tiles, the chart and the tables are drawn from."""
    return {
        "found": found,
        "grain": span.grain,
        "buckets": len(found.points),
        "latest": found.points[-1].bucket,
        "rows": [(_label(point.bucket, span), point.n) for point in found.points],
        "change": growth(found.n, found.before),
        "clock": span.timezone if span.timezone != g.get("timezone") else None,
        "label": lambda at: _label(at, span),
        "share": lambda n: _percent(n, found.n),
        "trend": lambda name: _condensed([point.n for point in found.trends[name]]),
    }


def _app_of(apps: Sequence[App]) -> App | None:
    return {str(app.id): app for app in apps}.get(request.args.get("app", ""))


def _span(name: str) -> Span:
    timezone = this_workspace().timezone
    return last_hours(24, timezone) if name == "24h" else last_days(int(name), timezone)


def _beginning(apps: Sequence[App]) -> dict[str, Any]:
    return {"found": None, "has_apps": bool(apps), "has_come": has_any_come(), "snippet": first_event_call(apps)}


def _called(apps: Sequence[App]) -> dict[str, str]:
    """What each app is called; those that are called alike with their platform."""
    alike = {name for name, count in Counter(app.name for app in apps).items() if count > 1}
    return {
        str(app.id): f"{app.name} ({PLATFORMS[app.platform].label})" if app.name in alike else app.name for app in apps
    }


def _condensed(line: Sequence[int]) -> list[int]:
    """As many points as can be told apart in a small line, each the sum of a few."""
    size = -(-len(line) // MOST_POINTS)
    return [sum(line[start : start + size]) for start in range(len(line) % size, len(line), size)]


def _csv(span: Span, app_id: UUID | None) -> ResponseReturnValue:
    """What the chart shows, or every name."""
    if request.args.get("of") == "names":
        lines = ((one.key, one.n) for one in names_of(span, app_id))
        return as_csv("event-names", ("Name", "Events"), lines)
    points = series("events", span, {"app": str(app_id)} if app_id else {})
    return as_csv("events", (span.grain.capitalize(), "Events"), ((_exactly(p.bucket, span), p.n) for p in points))


def _exactly(at: datetime, span: Span) -> str:
    return f"{at:%Y-%m-%d}" if span.grain == "day" else f"{at:%Y-%m-%d %H:%M}"


def _label(at: datetime, span: Span) -> str:
    """A day or an hour of the workspace's clock, as short as it can be told."""
    return short_day(at) if span.grain == "day" else f"{short_day(at)}, {at:%H:%M}"


def _percent(part: int, whole: int) -> int:
    return max(0, min(100, round(100 * part / whole))) if whole else 0
