"""Signing in, in one step or two, and out."""

import time
from uuid import UUID

from flask import flash, redirect
from flask import session as cookie
from flask.typing import ResponseReturnValue

from app.accounts.access import account_or_none, signed_out
from app.accounts.addresses import address_key
from app.accounts.blueprint import blueprint
from app.accounts.even_time import even_time
from app.accounts.forms import CodeForm, SignInForm
from app.accounts.known_browser import known_as
from app.accounts.login import forget, network_address, this_session
from app.accounts.next_page import door, wanted_page
from app.accounts.operations import sign_in as operations
from app.accounts.operations.sessions import end_session
from app.accounts.throttle import count_guess
from app.accounts.views.answers import draw, let_in
from app.accounts.views.door import SENT_TO
from app.core.access import public
from app.core.errors import Denied, Invalid
from app.core.platform_settings import platform_settings

BETWEEN_STEPS = "between_steps"
MINUTES_BETWEEN_STEPS = 10


@blueprint.route("/sign-in", methods=["GET", "POST"])
@signed_out
def sign_in() -> ResponseReturnValue:
    form = SignInForm()
    if form.validate_on_submit():
        who = address_key(form.email.data)
        # A browser that was signed in before has tries of its own, so that a stranger cannot use them up.
        count_guess("password", f"{who} {known_as(who) or ''}", address=network_address())
        with even_time():
            attempt = operations.try_password(form.email.data, form.password.data)
        answer = _after_password(form, attempt)
        if answer is not None:
            return answer
    return draw("accounts/sign_in.html", form, next=wanted_page())


def _after_password(form: SignInForm, attempt: operations.Attempt) -> ResponseReturnValue | None:
    if attempt.account is None:
        form.refuse(Invalid("sign_in_refused", "The address or the password is not right."))
    elif attempt.outcome == "suspended":
        form.refuse(Denied("suspended", f"This account is suspended.{_whom_to_ask()}"))
    elif attempt.outcome == "unverified":
        cookie[SENT_TO] = attempt.account.email
        return redirect(door("accounts.letter_sent", wanted_page()), 303)
    elif attempt.outcome == "second_step":
        cookie[BETWEEN_STEPS] = {
            "account": str(attempt.account.id),
            "mark": operations.password_mark(attempt.account),
            "remember": form.remember.data,
            "until": int(time.time()) + MINUTES_BETWEEN_STEPS * 60,
        }
        return redirect(door("accounts.second_step", wanted_page()), 303)
    else:
        return let_in(attempt.account, remember=form.remember.data)
    return None


@blueprint.route("/sign-in/second-step", methods=["GET", "POST"])
@signed_out
def second_step() -> ResponseReturnValue:
    between = cookie.get(BETWEEN_STEPS)
    if not between or between["until"] < time.time():
        return _begin_again()
    form = CodeForm()
    if form.validate_on_submit():
        count_guess("code", between["account"], address=network_address())
        attempt = operations.try_second_step(UUID(between["account"]), between["mark"], form.code.data)
        if attempt.account is None:
            return _begin_again()
        if attempt.outcome == "complete":
            return let_in(attempt.account, remember=between["remember"])
        form.refuse(Invalid("code_wrong", "This code is not right, or was used already.", field="code"))
    return draw("accounts/second_step.html", form, next=wanted_page())


@blueprint.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    account = account_or_none()
    if account is not None:
        end_session(account, this_session().id)
    forget()
    flash("You are signed out.")
    return redirect(door("accounts.sign_in", wanted_page()), 303)


def _begin_again() -> ResponseReturnValue:
    cookie.pop(BETWEEN_STEPS, None)
    flash("This took too long, or the account was changed. Sign in again.", "warn")
    return redirect(door("accounts.sign_in", wanted_page()), 303)


def _whom_to_ask() -> str:
    contact = platform_settings().contact_email
    return f" Write to {contact} to ask why." if contact else ""
