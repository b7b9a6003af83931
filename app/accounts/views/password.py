"""A password that was forgotten, or that shall be another."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from app.accounts.access import current_account, signed_in
from app.accounts.addresses import address_key, valid_address
from app.accounts.blueprint import blueprint
from app.accounts.even_time import even_time
from app.accounts.forms import ChangePasswordForm, ForgottenForm, NewPasswordForm
from app.accounts.login import forget, network_address, renew, this_session
from app.accounts.operations import passwords as operations
from app.accounts.operations.sessions import renew_token
from app.accounts.throttle import count_guess, count_letter
from app.accounts.views.answers import draw, mailbox
from app.core.access import public
from app.core.errors import Missing
from app.core.forms import attempt
from app.core.htmx import redirect_to, render


@blueprint.route("/password/forgotten", methods=["GET", "POST"])
@public
def forgotten() -> ResponseReturnValue:
    form = ForgottenForm()
    if form.validate_on_submit():
        count_letter(address_key(form.email.data), address=network_address())
        with even_time(), attempt(form):
            email = valid_address(form.email.data)
            operations.request_reset(email)
        if not form.errors:
            return render("accounts/reset_sent.html", email=email, mailbox=mailbox())
    return draw("accounts/forgotten.html", form)


@blueprint.route("/password/reset/<token>", methods=["GET", "POST"])
@public
def reset(token: str) -> ResponseReturnValue:
    try:
        account = operations.account_for_reset(token)
    except Missing:
        return render("accounts/link_used_up.html", status=410, purpose="reset", next=None)
    form = NewPasswordForm()
    if form.validate_on_submit():
        with attempt(form):
            operations.reset_password(token, form.password.data)
        if not form.errors:
            forget()
            flash("Your new password is set. Sign in with it.")
            return redirect(url_for("accounts.sign_in"), 303)
    return draw("accounts/reset.html", form, account=account)


@blueprint.route("/account/password", methods=["GET", "POST"])
@signed_in
def change_password() -> ResponseReturnValue:
    form, account = ChangePasswordForm(), current_account()
    if form.validate_on_submit():
        count_guess("password", str(account.id), address=network_address())
        with attempt(form):
            operations.change_password(account, form.old_password.data, form.new_password.data, but=this_session().id)
        if not form.errors:
            renew(renew_token(this_session()))
            flash("Your password is changed. All other sessions have ended.")
            return redirect_to("accounts.security")
    return draw("accounts/change_password.html", form)
