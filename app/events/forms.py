"""The form that sends an event by hand."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from wtforms import SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, Length

from app.core.errors import DomainError
from app.core.forms import Form
from app.events.models import LONGEST_NAME
from app.events.operations.sending import read_properties
from app.people.models import LONGEST_ID
from app.workspaces.models import App

# Phones would write the first letter large and correct the rest.
PLAIN = {"autocapitalize": "none", "autocorrect": "off", "spellcheck": "false", "autocomplete": "off"}
LONGEST_PROPERTIES = 40_000


class TestEventForm(Form):
    """An event as the app's own server would send it."""

    app = SelectField("App", coerce=str)
    name = StringField(
        "Event name",
        [
            DataRequired("Name the event."),
            Length(max=LONGEST_NAME, message=f"Keep the name within {LONGEST_NAME} characters."),
        ],
        description="Exactly as your app sends it.",
        render_kw={**PLAIN, "list": "names"},
    )
    user_id = StringField(
        "User id",
        [
            DataRequired("Say whose event it is."),
            Length(max=LONGEST_ID, message=f"Keep the id within {LONGEST_ID} characters."),
        ],
        description="Your app’s own id of the person. An unknown one makes a new person.",
        render_kw=PLAIN,
    )
    properties = TextAreaField(
        "Properties",
        [Length(max=LONGEST_PROPERTIES, message="An event takes at most 32 kB.")],
        description="A JSON object. It is checked when you leave the field.",
        render_kw={**PLAIN, "rows": 7, "dir": "ltr"},
    )

    def __init__(self, *args: Any, apps: Iterable[App], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.app.choices = [(str(app.id), app.name) for app in apps]

    def validate_properties(self, field: TextAreaField) -> None:
        try:
            read_properties(field.data or "")
        except DomainError as refused:
            raise ValidationError(refused.message) from None

    @property
    def app_id(self) -> UUID:
        return UUID(self.app.data)
