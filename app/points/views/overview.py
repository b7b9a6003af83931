"""The overview: what people hold, what was granted and spent a day, and what happened last."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from app.core.components import here
from app.core.htmx import render
from app.core.reference import PLACEHOLDER
from app.core.settings import current_settings
from app.core.snippets import snippets
from app.ledger.entries import Entry, points_of
from app.ledger.queries.lists import Outstanding, entries_of_units, outstanding
from app.metrics.queries import breakdown, last_days, side_by_side
from app.metrics.spans import Span
from app.points.telling import CREDITED, SPENT
from app.points.views.blueprint import blueprint
from app.points.views.lines import as_lines
from app.points.views.narrowing import SPANS, USUAL_SPAN, Narrowing, narrowing
from app.points.words import KINDS, Kind, kind_named
from app.workspaces.access import member, this_workspace
from app.workspaces.models import App
from app.workspaces.platforms import PLATFORMS

LATEST = 10
NOTHING = Outstanding("", 0, 0)


@dataclass(frozen=True)
class AppSum:
    """What the people of one app hold."""

    app: App
    held: Outstanding


@dataclass(frozen=True)
class KindSum:
    """What one kind of transactions brought and took in a span of days."""

    name: str
    kind: Kind
    n: int
    granted: int
    spent: int


@blueprint.get("/w/<workspace>/points")
@member("points.read")
def overview() -> ResponseReturnValue:
    chosen = narrowing()
    latest = entries_of_units(chosen.units, KINDS, most=LATEST)
    return render(
        "points/overview.html",
        has_any=bool(latest or chosen.app),
        calls=_calls(),
        lines=as_lines(latest, chosen.apps),
        platforms=PLATFORMS,
        **chosen.context,
        **(_figures(chosen, latest) if latest or chosen.app else {}),
    )


def _figures(chosen: Narrowing, latest: Sequence[Entry]) -> dict[str, Any]:
    """Sums, in which no test app counts."""
    held = outstanding(chosen.units)
    shown = [chosen.app] if chosen.app else chosen.apps
    by_app = [AppSum(app, held.get(points_of(app.id), NOTHING)) for app in shown]
    counting = [row.held for row in by_app if not row.app.is_test]
    return {
        "by_app": by_app,
        "outstanding": sum(sums.balance for sums in counting),
        "holders": sum(sums.holders for sums in counting),
        "left_out": [row.app.name for row in by_app if row.app.is_test and row.held.holders],
        **_days(chosen.app),
    }


def _days(app: App | None) -> dict[str, Any]:
    wanted = request.args.get("days", USUAL_SPAN)
    days = wanted if wanted in SPANS else USUAL_SPAN
    span = last_days(int(days), this_workspace().timezone)
    where = {"app": str(app.id)} if app else {}
    found = side_by_side([CREDITED, SPENT], span, where)
    granted, spent = ([point.value for point in found[metric]] for metric in (CREDITED, SPENT))
    dates = [point.bucket.date().isoformat() for point in found[CREDITED]]
    return {
        "spans": [(label, here(days=value), value == days) for value, label in SPANS.items()],
        "span_in_words": f"last {SPANS[days]}",
        "granted": sum(granted),
        "granted_series": granted,
        "spent": sum(spent),
        "spent_series": spent,
        "days": list(zip(dates, granted, spent, strict=True)),
        "by_kind": _kinds(span, where),
    }


def _kinds(span: Span, where: dict[str, str]) -> list[KindSum]:
    """What came by each kind of transaction, and what went by it."""
    came, went = ({part.key: part for part in breakdown(metric, span, "kind", where)} for metric in (CREDITED, SPENT))
    return [
        KindSum(
            name=kind,
            kind=kind_named(kind),
            n=sum(part.n for part in (came.get(kind), went.get(kind)) if part),
            granted=came[kind].value if kind in came else 0,
            spent=went[kind].value if kind in went else 0,
        )
        for kind in dict.fromkeys([*came, *went])
        if kind is not None
    ]


def _calls() -> list[tuple[str, str]]:
    address = f"{current_settings().base_url}/v1/people/u1/points/bonuses"
    return snippets("POST", address, PLACEHOLDER, {"amount": 100, "reason": "Welcome"})
