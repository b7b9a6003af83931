"""What to narrow the audit log to, as it stands in the URL."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask import request
from wtforms import DateField, SearchField, ValidationError
from wtforms.validators import Length, Optional

from app.accounts.queries import account_at
from app.core.forms import Form
from app.core.moments import here_and_now
from app.staff.queries.audit import ACTOR_KINDS, Sought
from app.staff.queries.workspaces import workspace_by_slug

FIRST_YEAR, LAST_YEAR = 2000, 2199
A_DAY = "Write a day such as 2026-11-20."
SHORT = [Optional(), Length(max=255, message="This is too long to be found.")]
PLAIN = {"autocapitalize": "none", "autocorrect": "off", "spellcheck": "false", "autocomplete": "off"}


class DayField(DateField):  # type: ignore[misc]
    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(A_DAY) from None
        # A day outside of these years could not be told to the database, or not be followed by another.
        day: date | None = self.data
        if day and not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValueError(A_DAY)


class AuditForm(Form):
    class Meta(Form.Meta):
        csrf = False

    actor = SearchField("Done by", SHORT, description="An e-mail address.", render_kw=PLAIN)
    action = SearchField("Action", SHORT, description="Such as key.revoked, or key for all of them.", render_kw=PLAIN)
    workspace = SearchField("Workspace", SHORT, description="Its address, such as tidepool.", render_kw=PLAIN)
    subject = SearchField("Subject", SHORT, description="The id of what it was done to.", render_kw=PLAIN)
    since = DayField("From", [Optional()])
    until = DayField("To", [Optional()])

    def __init__(self) -> None:
        super().__init__(formdata=request.args)
        self.actor_id: UUID | None = None
        self.workspace_id: UUID | None = None

    def validate_actor(self, field: SearchField) -> None:
        account = account_at(field.data)
        if account is None:
            raise ValidationError("No account has this address.")
        self.actor_id = account.id

    def validate_workspace(self, field: SearchField) -> None:
        self.workspace_id = workspace_by_slug(field.data)
        if self.workspace_id is None:
            raise ValidationError("No workspace has this address.")

    def sought(self) -> Sought:
        """What a filled-in form asks for; days are those of whoever reads."""
        kind: Any = request.args.get("kind")
        return Sought(
            actor_kind=kind if kind in ACTOR_KINDS else None,
            actor_id=self.actor_id,
            action=self.action.data or "",
            workspace_id=self.workspace_id,
            subject_id=self.subject.data or "",
            since=_begins(self.since.data) if self.since.data else None,
            until=_begins(self.until.data + timedelta(days=1)) if self.until.data else None,
        )


def _begins(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=here_and_now().tzinfo)
