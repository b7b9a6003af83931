"""Forms about apps."""

from typing import Any

from wtforms import BooleanField, RadioField, StringField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app.core.errors import DomainError
from app.core.forms import Form
from app.workspaces.models import App
from app.workspaces.operations.apps import NAME_LENGTH
from app.workspaces.platforms import IDENTIFIER_LENGTH, PLATFORMS, normal_domain

# Phones would write the first letter large and correct the rest.
PLAIN = {"autocapitalize": "none", "autocorrect": "off", "spellcheck": "false", "autocomplete": "off"}


class AppForm(Form):
    """What may change in an app."""

    name = StringField(
        "Name",
        [
            DataRequired("Give the app a name."),
            Length(max=NAME_LENGTH, message="Keep the name within 255 characters."),
        ],
        description="As people know it.",
        render_kw={"autocomplete": "off"},
    )
    identifier = StringField(
        "Identifier",
        [DataRequired("Write the app’s identifier."), Length(max=IDENTIFIER_LENGTH, message="This is too long.")],
        render_kw=PLAIN,
    )
    domain = StringField(
        "Website",
        [Optional(), Length(max=IDENTIFIER_LENGTH, message="This is too long.")],
        description="Its domain, such as tidepool.example. A web app’s is its identifier.",
        render_kw={**PLAIN, "inputmode": "url"},
    )

    def __init__(self, *args: Any, platform: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.platform_in_force = platform
        if platform == "web":
            # A web app's website is its identifier.
            del self.domain

    @property
    def wanted_domain(self) -> str | None:
        return self.domain.data if "domain" in self else None

    @classmethod
    def of(cls, app: App) -> "AppForm":
        return cls(obj=app, platform=app.platform)

    def validate_identifier(self, field: StringField) -> None:
        platform = PLATFORMS.get(self.platform_in_force or "")
        if field.data and platform:
            try:
                platform.identifier(field.data)
            except DomainError as refused:
                raise ValidationError(refused.message) from None

    def validate_domain(self, field: StringField) -> None:
        if field.data and normal_domain(field.data) is None:
            raise ValidationError("Write only the domain, such as tidepool.example, without https:// and a path.")


class NewAppForm(AppForm):
    """What an app is registered with."""

    platform = RadioField(
        "Platform",
        [InputRequired("Choose where the app lives.")],
        choices={platform.value: platform.label for platform in PLATFORMS.values()},
        description="An app on two platforms is registered twice.",
        invalid_choice_message="Choose one of these platforms.",
    )
    is_test = BooleanField(
        "This is a test app",
        description="Everything works, and nothing of it counts. This and the platform stay as they are.",
    )

    def validate_identifier(self, field: StringField) -> None:
        self.platform_in_force = self.platform.data
        super().validate_identifier(field)
