"""The living page of all components, with every variant of each, to judge the look by."""

from datetime import UTC, date, datetime, timedelta
from math import sin
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.core.access import loopback
from app.dev.sample_forms import ConfirmForm, RefusedForm, SampleForm

blueprint = Blueprint("components", __name__)

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenfabrik"


def sample_frame() -> SimpleNamespace:
    """A frame as the portal fills it, of somebody with long names."""
    place = SimpleNamespace
    tidepool = place(name="Tidepool Games", slug="tidepool-games")
    rail = [
        ("Home", "house"),
        ("Apps", "layout-grid"),
        ("Keys", "key-round"),
        ("Members", "users"),
        ("Activity", "history"),
    ]
    return place(
        account=place(name="Ines Oliveira", email="ines@tidepool.example", is_staff=True),
        workspace=tidepool,
        workspaces=[tidepool, place(name=LONG, slug="long"), place(name="🐙 أخطبوط", slug="octopus")],
        rail=[place(label=label, icon=icon, href="/dev/components", current=label == "Home") for label, icon in rail],
        unread=3,
        visit=None,
    )


def sample_series(length: int = 30, base: int = 1200) -> list[int]:
    """A believable curve, the same each time."""
    return [round(base * (1 + sin(day / 3.1) / 4 + sin(day / 1.3) / 9 + day / length / 2)) for day in range(length)]


def sample() -> dict[str, Any]:
    """What the page shows."""
    form, refused, typed = SampleForm(), RefusedForm(formdata=None, prefix="refused-"), ConfirmForm(prefix="typed-")
    refused.validate()
    days = [date(2026, 10, 22) + timedelta(days=day) for day in range(30)]
    series = {name: sample_series(base=base) for name, base in [("iOS", 400), ("Android", 900), ("Web", 150)]}
    return {
        "form": form,
        "refused": refused,
        "typed": typed,
        "now": NOW,
        "long": LONG,
        "series": sample_series(16),
        "one": [(day.strftime("%-d %b"), count) for day, count in zip(days, sample_series(), strict=True)],
        "many": [
            (day.strftime("%-d %b"), *(line[place] for line in series.values())) for place, day in enumerate(days)
        ],
        "page": SimpleNamespace(first=1, last=3, total=312, previous_url=None, next_url="/dev/components?page=2"),
        "frame": sample_frame(),
    }


@blueprint.route("/dev/components", methods=["GET", "POST"])
@loopback
def show() -> ResponseReturnValue:
    return render_template("dev/components.html", **sample()), 422 if request.method == "POST" else 200
