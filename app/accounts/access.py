"""Who may come by what they are: signed in, not signed in, or staff."""

from typing import Any

from flask import g, make_response, redirect
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.accounts.models import Account
from app.accounts.next_page import door, this_page, wanted_page
from app.core.access import View, declare
from app.core.db import rollback
from app.core.errors import Missing
from app.core.htmx import wants_part

# The way in sends everybody on to where they work.
LANDING = "/"


class SignedIn:
    """Everybody with an account; others are asked to sign in and brought back."""

    def check(self, view_args: dict[str, Any]) -> ResponseReturnValue | None:
        return None if current_user.is_authenticated else _to_the_door()


class SignedOut:
    """Whoever is not signed in; others are sent on to where they wanted to go."""

    def check(self, view_args: dict[str, Any]) -> ResponseReturnValue | None:
        return redirect(wanted_page() or LANDING, 303) if current_user.is_authenticated else None


class StaffOnly:
    """Members of staff; to all other accounts the page does not exist."""

    def check(self, view_args: dict[str, Any]) -> ResponseReturnValue | None:
        # Before the first query, so that the whole request runs on the connection that sees every workspace.
        g.role = "staff"
        if not current_user.is_authenticated:
            _leave_staff()
            return _to_the_door()
        if not current_user.is_staff:
            _leave_staff()
            raise Missing
        return None


def signed_in(view: View) -> View:
    return declare(view, SignedIn())


def signed_out(view: View) -> View:
    return declare(view, SignedOut())


def staff_only(view: View) -> View:
    return declare(view, StaffOnly())


def current_account() -> Account:
    """Who is signed in, on a page that only they may see."""
    account: Account = current_user._get_current_object()
    return account


def account_or_none() -> Account | None:
    """Who is signed in, on a page that is open to all."""
    return current_account() if current_user.is_authenticated else None


def _leave_staff() -> None:
    # Whatever is still drawn for this visitor, an error page with its frame, must not see what staff see.
    rollback()
    g.role = "app"


def _to_the_door() -> ResponseReturnValue:
    address = door("accounts.sign_in", this_page())
    if wants_part():
        # The sign-in page does not fit into the part of the page that was asked for.
        return make_response("", 401, {"HX-Redirect": address})
    return redirect(address, 303)
