"""Signing up and confirming the address."""

from flask import flash, redirect
from flask import session as cookie
from flask.typing import ResponseReturnValue

from app.accounts.access import signed_out
from app.accounts.addresses import address_key
from app.accounts.blueprint import blueprint
from app.accounts.even_time import even_time
from app.accounts.forms import FirstSignUpForm, PasswordForm, SignUpForm
from app.accounts.login import network_address
from app.accounts.models import Account
from app.accounts.next_page import door, wanted_page
from app.accounts.operations import sign_up as operations
from app.accounts.queries import anybody_verified, open_token
from app.accounts.throttle import count_guess, count_letter
from app.accounts.views.answers import draw, let_in, mailbox
from app.core.access import public
from app.core.errors import Invalid
from app.core.forms import Form, attempt
from app.core.htmx import render

# The address that a letter was sent to, so that its page can name it.
SENT_TO = "sent_to"


@blueprint.route("/sign-up", methods=["GET", "POST"])
@signed_out
def sign_up() -> ResponseReturnValue:
    form = FirstSignUpForm() if operations.asks_setup_token() else SignUpForm()
    if form.validate_on_submit():
        count_letter(address_key(form.email.data), address=network_address())
        values = {field.name: field.data for field in form if field.name != "csrf_token"}
        with even_time(), attempt(form):
            cookie[SENT_TO] = operations.sign_up(**values, next_page=wanted_page())
        if not form.errors:
            return redirect(door("accounts.letter_sent", wanted_page()), 303)
    return draw("accounts/sign_up.html", form, next=wanted_page(), first=not anybody_verified())


@blueprint.get("/sign-up/letter")
@signed_out
def letter_sent() -> ResponseReturnValue:
    if SENT_TO not in cookie:
        return redirect(door("accounts.sign_up", wanted_page()), 303)
    return render("accounts/letter_sent.html", email=cookie[SENT_TO], next=wanted_page(), mailbox=mailbox())


@blueprint.post("/sign-up/letter")
@signed_out
def another_letter() -> ResponseReturnValue:
    email = cookie.get(SENT_TO)
    if email:
        count_letter(address_key(email), address=network_address())
        with even_time():
            operations.resend_verification(email, wanted_page())
        flash("We sent another letter.")
    return redirect(door("accounts.letter_sent", wanted_page()), 303)


@blueprint.route("/verify/<token>", methods=["GET", "POST"])
@public
def verify(token: str) -> ResponseReturnValue:
    found = open_token(token, "verify_email")
    if found is None:
        return render("accounts/link_used_up.html", status=410, next=wanted_page(), purpose="verify")
    form = PasswordForm()
    if form.validate_on_submit() and (account := _verified(form, token, found[1])):
        return let_in(account, remember=False)
    return draw("accounts/verify.html", form, account=found[1], next=wanted_page())


def _verified(form: Form, token: str, account: Account) -> Account | None:
    count_guess("password", account.email_key, address=network_address())
    verified = None
    with attempt(form):
        verified = operations.verify_address(token, form["password"].data)
    if verified is None and not form.errors:
        form.refuse(Invalid("password_wrong", "This is not the password of this sign-up.", field="password"))
    return verified
