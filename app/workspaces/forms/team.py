"""Forms about who belongs to a workspace."""

from typing import Any

from wtforms import EmailField, RadioField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length

from app.accounts.addresses import valid_address
from app.core.errors import DomainError
from app.core.forms import Form
from app.workspaces.roles import givable_by


class RoleForm(Form):
    role = RadioField("Role", [InputRequired("Choose a role.")])

    def __init__(self, *args: Any, givers_role: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.role.choices = [(role, role.capitalize()) for role in givable_by(givers_role)]


class InviteForm(RoleForm):
    email = EmailField(
        "E-mail address",
        [DataRequired("Write the address of whom you invite."), Length(max=255, message="This address is too long.")],
        render_kw={"autocomplete": "off"},
    )
    role = RadioField("Role", [InputRequired("Choose a role.")], default="member")

    def validate_email(self, field: EmailField) -> None:
        if not field.data:
            return
        try:
            valid_address(field.data)
        except DomainError as refused:
            raise ValidationError(refused.message) from None
