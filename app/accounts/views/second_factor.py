"""Two-step sign-in: switched on with an authenticator app, with recovery codes, and off."""

from base64 import b64encode

import segno
from flask import flash
from flask.typing import ResponseReturnValue

from app.accounts import queries
from app.accounts.access import current_account, signed_in
from app.accounts.blueprint import blueprint
from app.accounts.forms import CodeForm, PasswordForm
from app.accounts.login import network_address, renew, this_session
from app.accounts.models import Account, SecondFactor
from app.accounts.operations import second_factor as operations
from app.accounts.operations.passwords import prove_password
from app.accounts.operations.sessions import renew_token
from app.accounts.throttle import count_guess
from app.accounts.views.answers import draw
from app.core.forms import Form, attempt
from app.core.htmx import redirect_to, render


@blueprint.get("/account/security")
@signed_in
def security() -> ResponseReturnValue:
    account = current_account()
    return render(
        "accounts/security.html",
        factor=queries.second_factor(account.id),
        codes_left=queries.recovery_codes_left(account.id),
        sessions=len(queries.sessions_of(account.id)),
    )


@blueprint.route("/account/second-factor", methods=["GET", "POST"])
@signed_in
def second_factor() -> ResponseReturnValue:
    """First the password, then the code of the app that has read the picture."""
    account = current_account()
    factor = queries.second_factor(account.id)
    if factor is not None:
        return redirect_to("accounts.security") if factor.confirmed_at else _picture(CodeForm(), account, factor)
    form = PasswordForm()
    if form.validate_on_submit() and _proved(form, account):
        operations.begin_second_factor(account)
        return redirect_to("accounts.second_factor")
    return draw("accounts/prove_password.html", form, purpose="second_factor")


@blueprint.post("/account/second-factor/confirmations")
@signed_in
def confirm_second_factor() -> ResponseReturnValue:
    form, account = CodeForm(), current_account()
    factor = queries.second_factor(account.id)
    if factor is None or factor.confirmed_at is not None:
        return redirect_to("accounts.security")
    if form.validate_on_submit():
        count_guess("code", str(account.id), address=network_address())
        with attempt(form):
            codes = operations.confirm_second_factor(account, form.code.data)
        if not form.errors:
            renew(renew_token(this_session()))
            return _codes(codes, begun=True)
    return _picture(form, account, factor)


@blueprint.route("/account/second-factor/removal", methods=["GET", "POST"])
@signed_in
def remove_second_factor() -> ResponseReturnValue:
    form, account = PasswordForm(), current_account()
    if not queries.has_second_factor(account.id):
        return redirect_to("accounts.security")
    if form.validate_on_submit() and _proved(form, account):
        operations.remove_second_factor(account)
        renew(renew_token(this_session()))
        flash("Two-step sign-in is off.")
        return redirect_to("accounts.security")
    return draw("accounts/prove_password.html", form, purpose="removal")


@blueprint.route("/account/recovery-codes", methods=["GET", "POST"])
@signed_in
def recovery_codes() -> ResponseReturnValue:
    form, account = PasswordForm(), current_account()
    if not queries.has_second_factor(account.id):
        return redirect_to("accounts.security")
    if form.validate_on_submit() and _proved(form, account):
        return _codes(operations.renew_recovery_codes(account), begun=False)
    return draw("accounts/prove_password.html", form, purpose="recovery_codes")


def _proved(form: PasswordForm, account: Account) -> bool:
    count_guess("password", str(account.id), address=network_address())
    with attempt(form):
        prove_password(account, form.password.data)
    return not form.errors


def _picture(form: Form, account: Account, factor: SecondFactor) -> ResponseReturnValue:
    address = operations.address_for_app(account, factor)
    picture = segno.make(address, error="m").svg_data_uri(scale=4, border=4, dark="#000", light="#fff")
    return draw("accounts/second_factor.html", form, picture=picture, secret=factor.secret)


def _codes(codes: list[str], *, begun: bool) -> ResponseReturnValue:
    text = "\n".join(["Guerdon recovery codes, each good once:", "", *codes, ""])
    file = "data:text/plain;base64," + b64encode(text.encode()).decode()
    return render("accounts/recovery_codes.html", codes=codes, file=file, begun=begun)
