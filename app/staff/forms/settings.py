"""What staff decide for the whole installation."""

from typing import Any

from wtforms import BooleanField, EmailField, ValidationError
from wtforms.validators import Optional

from app.accounts.addresses import valid_address
from app.core.errors import DomainError
from app.core.forms import Form
from app.core.platform_settings import PlatformSettings


class SettingsForm(Form):
    sign_up_open = BooleanField(
        "Anybody may sign up",
        description="Off: only whoever was invited into a workspace can make an account.",
    )
    review_new_apps = BooleanField(
        "Look at new apps first",
        description="On: an app waits under Apps until somebody here approves it. Apps that are active stay so.",
    )
    contact_email = EmailField(
        "Contact address",
        [Optional()],
        description="Where developers write to when they need whoever runs this installation.",
        render_kw={"autocomplete": "off"},
    )

    def chosen(self) -> dict[str, Any]:
        """Every setting with what the form says of it."""
        return {name: self[name].data for name in PlatformSettings.__struct_fields__}

    def validate_contact_email(self, field: EmailField) -> None:
        if not field.data:
            return
        try:
            field.data = valid_address(field.data)
        except DomainError as refused:
            raise ValidationError(refused.message) from None
