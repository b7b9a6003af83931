"""What staff write down before something that others feel."""

from typing import Any

from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from app.core.forms import Form

LONGEST = 500


class ReasonForm(Form):
    """One dialog's reason; several dialogs of a page are told apart by their names."""

    reason = TextAreaField(
        "Reason",
        [DataRequired("Say why."), Length(max=LONGEST, message=f"Keep the reason within {LONGEST} characters.")],
        render_kw={"rows": 3, "maxlength": LONGEST},
    )

    def __init__(self, dialog: str, **options: Any) -> None:
        super().__init__(prefix=dialog, **options)
        self.dialog = dialog


def dialogs(*names: str, refused: ReasonForm | None = None) -> dict[str, ReasonForm]:
    """An empty form for each dialog of a page; the one that was refused keeps what was typed."""
    empty = {name: ReasonForm(name, formdata=None) for name in names}
    return {**empty, refused.dialog: refused} if refused else empty
