"""The living page of all components, with every variant of each, to judge the look by."""

from datetime import UTC, date, datetime, timedelta
from math import sin
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import (
    BooleanField,
    ColorField,
    DateField,
    DateTimeLocalField,
    DecimalField,
    EmailField,
    FileField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    URLField,
)
from wtforms.validators import DataRequired, Email, NumberRange, Optional

from app.core.access import loopback
from app.core.forms import Form

blueprint = Blueprint("components", __name__)

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenfabrik"


class SampleForm(Form):
    """One field of each kind."""

    name = StringField("Name", [DataRequired("Give the app a name.")], description="As people know it from the store.")
    email = EmailField("E-mail", [DataRequired("Give an address."), Email("This is no e-mail address.")])
    password = PasswordField("Password", [DataRequired("Choose a password.")], description="At least 12 characters.")
    code = StringField("Code", [Optional()], render_kw={"inputmode": "numeric", "autocomplete": "one-time-code"})
    bundle = StringField("Bundle id", [Optional()], description="Reversed domain, as in com.example.tidepool.")
    site = URLField("Website", [Optional()])
    people = IntegerField("People a day", [Optional(), NumberRange(1, 9999, "Between 1 and 9,999.")])
    amount = DecimalField("Worth", [Optional()], description="An estimate; it only sums up what was given away.")
    currency = SelectField("Currency", choices=[("EUR", "EUR"), ("USD", "USD"), ("JPY", "JPY")])
    zone = SelectField("Time zone", choices=[("utc", "UTC"), ("b", "Europe/Berlin"), ("k", "Asia/Kathmandu")])
    notes = TextAreaField("Notes", [Optional()])
    role = RadioField(
        "Role", choices=[("admin", "Admin"), ("member", "Member"), ("viewer", "Viewer")], default="member"
    )
    platform = RadioField(
        "Platform", choices=[("ios", "iOS"), ("android", "Android"), ("steam", "Steam")], default="ios"
    )
    view = RadioField("Period", choices=[("7", "7 days"), ("30", "30 days"), ("90", "90 days")], default="30")
    scopes = SelectMultipleField(
        "Scopes",
        choices=[("apps:read", "Read apps"), ("apps:write", "Change apps"), ("me", "Who am I")],
        default=["me"],
    )
    logo = FileField("Logo", [Optional()], description="PNG or SVG, up to 500 kB.")
    starts = DateField("Starts", [Optional()])
    ends = DateTimeLocalField("Ends", [Optional()])
    colour = ColorField("Colour", [Optional()], default="#1f5d43")
    news = BooleanField(
        "Tell me by e-mail when a key is about to expire", description="One message, three days before."
    )
    live = BooleanField("New apps wait for a review")


class ConfirmForm(Form):
    confirm = StringField("Type tidepool-games to confirm", [DataRequired("Type the name as it stands above.")])


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
    form, refused, typed = SampleForm(), SampleForm(formdata=None, prefix="refused-"), ConfirmForm(prefix="typed-")
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
