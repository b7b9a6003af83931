"""What the pages of accounts have in common."""

from typing import Any

from flask import current_app, redirect, request
from flask.typing import ResponseReturnValue

from app.accounts.access import LANDING
from app.accounts.blueprint import blueprint
from app.accounts.devices import device_name
from app.accounts.known_browser import know, known_as
from app.accounts.login import carry, network_address
from app.accounts.models import Account
from app.accounts.next_page import door, wanted_page
from app.accounts.operations.sign_in import Browser, complete_sign_in
from app.core.forms import Form
from app.core.htmx import render
from app.core.settings import current_settings

blueprint.add_app_template_global(door)


def draw(template: str, form: Form, **context: Any) -> ResponseReturnValue:
    """The page with its form; with what must be changed, where something must."""
    return render(template, form=form, status=422 if form.errors else 200, **context)


def let_in(account: Account, *, remember: bool) -> ResponseReturnValue:
    """Sign this browser in and go on to where somebody wanted to go."""
    browser = Browser(
        device_name(request.user_agent.string), network_address(), known=known_as(account.email_key) is not None
    )
    carry(complete_sign_in(account, browser, remember=remember), remember=remember)
    know(account.email_key)
    return redirect(wanted_page() or LANDING, 303)


def mailbox() -> str | None:
    """Where mail is read on an installation that has no mail server."""
    if current_settings().smtp_url is not None or "mailbox.inbox" not in current_app.view_functions:
        return None
    return current_app.url_for("mailbox.inbox")
