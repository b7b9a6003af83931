"""What the activity log is narrowed to."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from wtforms import HiddenField, SelectField

from app.core.forms import Form
from app.workspaces.queries.activity import WORDS


class FilterForm(Form):
    subject = HiddenField()
    actor = SelectField("Done by")
    action = SelectField("What was done")

    class Meta(Form.Meta):
        csrf = False

    def __init__(self, *args: Any, team: Iterable[tuple[UUID, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor.choices = [("", "Everybody"), *((str(account_id), name) for account_id, name in team)]
        self.action.choices = [("", "Everything"), *((action, words.capitalize()) for action, words in WORDS.items())]
