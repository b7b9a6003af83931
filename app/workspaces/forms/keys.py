"""Forms about keys."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from wtforms import (
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, InputRequired, Length

from app.core.clock import now
from app.core.errors import DomainError
from app.core.forms import Form
from app.core.ids import new_id, parse_id
from app.workspaces.models import ApiKey, App
from app.workspaces.operations.keys import NAME_LENGTH
from app.workspaces.origins import normal_origins
from app.workspaces.platforms import PLATFORMS
from app.workspaces.scopes import SCOPES

LIVES = {"never": "Never", "30": "In 30 days", "90": "In 90 days", "365": "In a year"}
OVERLAPS = {
    "24": ("After 24 hours", "Time to deploy the new one today."),
    "168": ("After 7 days", "Time for a release that takes its course."),
    "0": ("At once", "When it may have leaked. Whatever uses it stops working now."),
}


class KeyForm(Form):
    """What every key has."""

    name = StringField(
        "Name",
        [
            DataRequired("Give the key a name."),
            Length(max=NAME_LENGTH, message=f"Keep the name within {NAME_LENGTH} characters."),
        ],
        description="Where it will be used, such as “Game server” or “Nightly export”.",
        render_kw={"autocomplete": "off"},
    )


class SecretKeyForm(KeyForm):
    """What may change in a secret key."""

    scopes = SelectMultipleField(
        "Scopes",
        [InputRequired("Choose at least one scope; a key without any opens nothing.")],
        choices={scope: scope for scope in SCOPES},
        invalid_choice_message="There is no such scope. Choose among these.",
    )


class PublishableKeyForm(KeyForm):
    """What may change in a publishable key."""

    origins = TextAreaField(
        "Allowed origins",
        description="The sites whose pages may use it, one a line, such as https://tidepool.example. "
        "Leave it empty for an app, which has no origin.",
        render_kw={"rows": 3, "spellcheck": "false", "autocapitalize": "none"},
    )

    def wanted_origins(self) -> list[str]:
        return (self.origins.data or "").split()

    def validate_origins(self, field: TextAreaField) -> None:
        try:
            normal_origins(self.wanted_origins())
        except DomainError as refused:
            raise ValidationError(refused.message) from None


class Making(Form):
    """What is chosen once. The form brings the new key's id along, so that sending it twice makes one key."""

    key_id = HiddenField()
    app = SelectField("For", invalid_choice_message="There is no such app here. Choose another.")

    def __init__(self, *args: Any, apps: Iterable[App], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.key_id.data = self.key_id.data or str(new_id())
        self.app.choices = {
            "": "The whole workspace",
            **{str(app.id): f"{app.name} ({PLATFORMS[app.platform].label})" for app in apps},
        }

    @property
    def wanted_id(self) -> UUID:
        return parse_id(self.key_id.data) or new_id()

    @property
    def wanted_app(self) -> UUID | None:
        return parse_id(self.app.data or "")


class NewSecretKeyForm(SecretKeyForm, Making):
    expires = SelectField("Expires", choices=LIVES, default="never", invalid_choice_message="Choose when it ends.")

    @property
    def wanted_end(self) -> datetime | None:
        return None if self.expires.data == "never" else now() + timedelta(days=int(self.expires.data))


class NewPublishableKeyForm(PublishableKeyForm, Making):
    pass


class RotationForm(Form):
    overlap = RadioField(
        "The old key stops working",
        [InputRequired("Choose when the old key stops working.")],
        choices={hours: label for hours, (label, _) in OVERLAPS.items()},
        default="24",
    )

    @property
    def wanted_overlap(self) -> timedelta:
        return timedelta(hours=int(self.overlap.data))


def filled_in(key: ApiKey) -> SecretKeyForm | PublishableKeyForm:
    """The form for what may change in this key."""
    if key.kind == "secret":
        return SecretKeyForm(obj=key)
    return PublishableKeyForm(data={"name": key.name, "origins": "\n".join(key.origins)})
