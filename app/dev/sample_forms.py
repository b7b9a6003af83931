"""Forms for the page of components: a field of each kind, one that was refused, one that asks for a word."""

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
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Email, NumberRange, Optional

from app.core.forms import Form


def choices(*pairs: tuple[str, str]) -> list[SelectChoice]:
    return [SelectChoice(*pair) for pair in pairs]


class RefusedForm(Form):
    name = StringField("Name", [DataRequired("Give the app a name.")], description="As people know it from the store.")
    email = EmailField("E-mail", [DataRequired("Give an address."), Email("This is no e-mail address.")])
    password = PasswordField("Password", [DataRequired("Choose a password.")], description="At least 12 characters.")


class SampleForm(RefusedForm):
    code = StringField("Code", [Optional()], render_kw={"inputmode": "numeric", "autocomplete": "one-time-code"})
    bundle = StringField("Bundle id", [Optional()], description="Reversed domain, as in com.example.tidepool.")
    site = URLField("Website", [Optional()])
    people = IntegerField("People a day", [Optional(), NumberRange(1, 9999, "Between 1 and 9,999.")])
    amount = DecimalField("Worth", [Optional()], description="An estimate; it only sums up what was given away.")
    currency = SelectField("Currency", choices=choices(("EUR", "EUR"), ("USD", "USD"), ("JPY", "JPY")))
    zone = SelectField("Time zone", choices=choices(("utc", "UTC"), ("b", "Europe/Berlin"), ("k", "Asia/Kathmandu")))
    notes = TextAreaField("Notes", [Optional()])
    role = RadioField(
        "Role", choices=choices(("admin", "Admin"), ("member", "Member"), ("viewer", "Viewer")), default="member"
    )
    platform = RadioField(
        "Platform", choices=choices(("ios", "iOS"), ("android", "Android"), ("steam", "Steam")), default="ios"
    )
    view = RadioField("Period", choices=choices(("7", "7 days"), ("30", "30 days"), ("90", "90 days")), default="30")
    scopes = SelectMultipleField(
        "Scopes",
        choices=choices(("apps:read", "Read apps"), ("apps:write", "Change apps"), ("me", "Who am I")),
        default=["me"],
    )
    logo = FileField("Logo", [Optional()], description="PNG or SVG, up to 500 kB.")
    starts = DateField("Starts", [Optional()])
    ends = DateTimeLocalField("Ends", [Optional()])
    colour = ColorField("Colour", [Optional()], default="#1f5d43")
    news = BooleanField("Tell me by e-mail when a key is about to end", description="One message, three days before.")
    live = BooleanField("New apps wait for a review")


class ConfirmForm(Form):
    confirm = StringField("Type tidepool-games to confirm", [DataRequired("Type the name as it stands above.")])
