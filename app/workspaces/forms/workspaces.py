"""Forms about a workspace itself."""

from typing import Any
from uuid import UUID

from wtforms import SelectField, StringField, ValidationError
from wtforms.validators import DataRequired, Length, Optional

from app.core.errors import DomainError
from app.core.forms import Form
from app.core.moments import timezones
from app.workspaces.models import Workspace
from app.workspaces.operations.workspaces import NAME_LENGTH, check_slug
from app.workspaces.queries.workspaces import SLUG_LENGTH

NAME = [
    DataRequired("Give the workspace a name."),
    Length(max=NAME_LENGTH, message=f"Keep the name within {NAME_LENGTH} characters."),
]
LINE = [Optional(), Length(max=255, message="Keep this within 255 characters.")]
# Phones would write the first letter large and correct the rest.
PLAIN = {"autocapitalize": "none", "autocorrect": "off", "spellcheck": "false", "autocomplete": "off"}


class AddressForm(Form):
    slug = StringField("Address", [DataRequired("Choose an address.")], render_kw={**PLAIN, "maxlength": SLUG_LENGTH})

    def __init__(self, *args: Any, workspace_id: UUID | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.workspace_id = workspace_id

    def validate_slug(self, field: StringField) -> None:
        if not field.data:
            return
        try:
            check_slug(field.data, of=self.workspace_id)
        except DomainError as refused:
            raise ValidationError(refused.message) from None


class CreateForm(AddressForm):
    name = StringField(
        "Name", NAME, description="Your company, studio or team.", render_kw={"autocomplete": "organization"}
    )
    slug = StringField(
        "Address",
        [Optional()],
        description="Part of every link inside the workspace. Left empty, it is made of the name.",
        render_kw={**PLAIN, "maxlength": SLUG_LENGTH},
    )


class SettingsForm(Form):
    name = StringField("Name", NAME)
    company_name = StringField("Company name", LINE, description="As it stands on contracts and invoices.")
    contact_person = StringField("Contact person", LINE, description="Whom staff of this installation write to.")
    timezone = SelectField("Time zone", description="Where the days of this workspace begin and end.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.timezone.choices = [(zone, zone.replace("_", " ")) for zone in timezones()]

    @classmethod
    def of(cls, workspace: Workspace) -> "SettingsForm":
        return cls(obj=workspace)

    def wanted(self) -> dict[str, str | None]:
        """What the fields say; an empty line is none."""
        return {name: self[name].data or None for name in ("name", "company_name", "contact_person", "timezone")}


class DeletionForm(Form):
    confirm = StringField("Name of the workspace", [DataRequired("Type the name to confirm.")], render_kw=PLAIN)

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.workspace_name = name

    def validate_confirm(self, field: StringField) -> None:
        if field.data and field.data != self.workspace_name:
            raise ValidationError(f"This is not the name. Type {self.workspace_name}.")
