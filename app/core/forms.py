"""Forms that keep what was typed and say at the field what is wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from flask_wtf.form import _Auto
from sqlalchemy.exc import IntegrityError
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from wtforms import PasswordField

from app.core.db import session
from app.core.errors import DomainError, explanation
from app.core.text import tidy

# Sent by static/js/forms.js when a field is left: the page is drawn with the field's errors, and no more.
CHECK = "X-Check"


class Form(FlaskForm):  # type: ignore[misc]
    """A form whose texts are stripped and free of control characters."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """What was sent, tidied before it is checked or shown again; a password is taken exactly as typed."""
            files: MultiDict[str, Any] = MultiDict()
            if formdata is _Auto:
                formdata, files = (request.form, request.files) if form.is_submitted() else (None, files)
            if not formdata and not files:
                return None
            exact = {field.name for field in form if isinstance(field, PasswordField)}
            sent = [(name, text if name in exact else tidy(text)) for name, text in formdata.items(multi=True)]
            return CombinedMultiDict((MultiDict(sent), files))

    def validate(self, extra_validators: Any = None) -> bool:
        """Whether what was sent may be acted upon; a field that was only left is looked at, and nothing is done."""
        valid: bool = super().validate(extra_validators)
        return valid and CHECK not in request.headers

    def refuse(self, error: DomainError) -> None:
        """Show a broken rule where it belongs: at its field, or above the form."""
        field = self._fields.get(error.field) if error.field else None
        if field is None:
            self.form_errors.append(error.message)
        else:
            field.errors = [*field.errors, error.message]


@contextmanager
def attempt(form: Form) -> Iterator[None]:
    """Call an operation for a form: a broken rule becomes its error, and half an operation is never kept."""
    try:
        with session.begin_nested():
            yield
    except DomainError as broken:
        form.refuse(broken)
    except IntegrityError as violated:
        explained = explanation(violated)
        if explained is None:
            raise
        form.refuse(explained)
