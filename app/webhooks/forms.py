"""Forms about webhook endpoints."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from wtforms import HiddenField, RadioField, SelectMultipleField, StringField, URLField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length

from app.core.errors import DomainError
from app.core.forms import Form
from app.core.ids import new_id, parse_id
from app.core.outgoing_urls import LONGEST, checked_url
from app.webhooks.operations.endpoints import DESCRIPTION_LENGTH
from app.webhooks.types import TYPES

OVERLAPS = {
    "24": ("After 24 hours", "Time to deploy the new one today. Until then each message is signed with both."),
    "168": ("After 7 days", "Time for a release that takes its course."),
    "0": ("At once", "When it may have leaked. Your server refuses what it cannot verify until it has the new one."),
}


class EndpointForm(Form):
    """Where to tell, and what."""

    url = URLField(
        "URL",
        [
            DataRequired("Enter the address that takes the messages."),
            Length(max=LONGEST, message=f"Keep the address within {LONGEST} characters."),
        ],
        description="An address of your server, such as https://api.tidepool.example/hooks.",
        render_kw={"autocomplete": "off", "inputmode": "url", "spellcheck": "false"},
    )
    description = StringField(
        "Name",
        [Length(max=DESCRIPTION_LENGTH, message=f"Keep the name within {DESCRIPTION_LENGTH} characters.")],
        description="What your team calls it, such as “Game server”.",
        render_kw={"autocomplete": "off"},
    )
    types = SelectMultipleField(
        "Types",
        [InputRequired("Choose at least one type; without any it is told nothing.")],
        choices={type: type for type in TYPES},
        invalid_choice_message="There is no such type. Choose among these.",
    )

    def validate_url(self, field: URLField) -> None:
        try:
            checked_url(field.data or "")
        except DomainError as refused:
            raise ValidationError(refused.message) from None


class NewEndpointForm(EndpointForm):
    """It brings the new endpoint's id along, so that sending it twice makes one endpoint."""

    endpoint_id = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.endpoint_id.data = self.endpoint_id.data or str(new_id())

    @property
    def wanted_id(self) -> UUID:
        return parse_id(self.endpoint_id.data) or new_id()


class SecretRotationForm(Form):
    overlap = RadioField(
        "The old secret stops signing",
        [InputRequired("Choose when the old secret stops signing.")],
        choices={hours: label for hours, (label, _) in OVERLAPS.items()},
        default="24",
    )

    @property
    def wanted_overlap(self) -> timedelta:
        return timedelta(hours=int(self.overlap.data))
