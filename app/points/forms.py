"""Forms that move points by hand."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from wtforms import BooleanField, DateField, HiddenField, IntegerField, SelectField, StringField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional
from wtforms.widgets import TextInput

from app.core.clock import now
from app.core.forms import Form
from app.core.ids import new_id, parse_id
from app.core.moments import zone
from app.ledger.entries import Cause
from app.people.models import LONGEST_ID
from app.points.bounds import FARTHEST_EXPIRY, LONGEST_REASON, MOST
from app.workspaces.models import App
from app.workspaces.platforms import PLATFORMS

PLAIN = {"autocapitalize": "none", "autocorrect": "off", "spellcheck": "false", "autocomplete": "off"}


class WholeNumber(IntegerField):  # type: ignore[misc]
    """A whole number as people write one, with or without commas between the thousands."""

    # A browser's own field for numbers takes no commas, and changes what it holds when somebody scrolls over it.
    widget = TextInput()

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata([text.replace(",", "").replace(" ", "") for text in valuelist])
        except ValueError:
            raise ValueError("Write a whole number, such as 50.") from None


class MovingForm(Form):
    """What every move by hand is told: whose points, how many, and why.

    The form brings a token along, so that sending it twice moves points once.
    """

    token = HiddenField()
    app = SelectField("App", invalid_choice_message="There is no such app here. Choose another.")
    user_id = StringField(
        "User id",
        [
            DataRequired("Write the app’s own id of its user."),
            Length(max=LONGEST_ID, message=f"A user id has at most {LONGEST_ID} characters."),
        ],
        description="As your app knows its user.",
        render_kw=PLAIN,
    )
    amount = WholeNumber(
        "Points",
        [
            InputRequired("Write how many points."),
            NumberRange(1, MOST, message=f"Move between 1 and {MOST:,} points at a time."),
        ],
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    reason = StringField(
        "Reason",
        [
            DataRequired("Say why; it stands in the transaction and in the activity log."),
            Length(max=LONGEST_REASON, message=f"Keep the reason within {LONGEST_REASON} characters."),
        ],
        render_kw={"autocomplete": "off"},
    )

    def __init__(self, *args: Any, apps: Sequence[App], is_for_one: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.token.data = _token(self.token.data)
        self.app.choices = [(str(app.id), f"{app.name} ({PLATFORMS[app.platform].label})") for app in apps]
        if is_for_one:
            # On the way from somebody's page it is said already who gets them.
            del self.app, self.user_id

    @property
    def wanted_app(self) -> UUID:
        return UUID(self.app.data)

    @property
    def cause(self) -> Cause:
        """What the points are moved for: this form, sent once."""
        return Cause("by_hand", self.token.data)

    def renew(self) -> None:
        """A form that is drawn again moved nothing yet, or moved something else: what it sends next is a new thing."""
        self.token.data = str(new_id())


class GrantForm(MovingForm):
    """Points as a gift."""

    expires_on = DateField(
        "Expires at the end of",
        [Optional()],
        description="What is left of them at the end of this day is lost. Leave it empty for points that stay.",
    )
    # Drawn once it is known that nobody has this user id.
    offers_new_person = False
    for_new_person = BooleanField("Grant them all the same", description="They become a person of the app.")

    def __init__(self, *args: Any, timezone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone(timezone)

    def validate_expires_on(self, field: DateField) -> None:
        if not field.data:
            return
        today = now().astimezone(self.zone).date()
        if field.data < today:
            raise ValidationError("This day is over. Choose today or a later one.")
        if field.data > today + FARTHEST_EXPIRY:
            raise ValidationError("Choose a day within the next hundred years, or leave it empty.")

    @property
    def wanted_expiry(self) -> datetime | None:
        """The first moment after the chosen day."""
        day: date | None = self.expires_on.data
        return datetime.combine(day + timedelta(days=1), time(), self.zone) if day else None


class TakeForm(MovingForm):
    """Points to be taken away, as if they were spent."""


class GiveBackForm(Form):
    """How much of a transaction is taken back."""

    partial = HiddenField()

    @property
    def is_partial(self) -> bool:
        return bool(self.partial.data == "yes")


def _token(sent: str | None) -> str:
    return str(parse_id(sent or "") or new_id())
