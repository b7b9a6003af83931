"""Another address to sign in with."""

from flask import flash
from flask.typing import ResponseReturnValue

from app.accounts.access import current_account, signed_in
from app.accounts.addresses import address_key
from app.accounts.blueprint import blueprint
from app.accounts.forms import AddressForm
from app.accounts.login import network_address, renew, this_session
from app.accounts.operations import address as operations
from app.accounts.operations.sessions import renew_token
from app.accounts.throttle import count_guess, count_letter
from app.accounts.views.answers import draw, mailbox
from app.core.errors import Missing
from app.core.forms import Form, attempt
from app.core.htmx import redirect_to, render


@blueprint.route("/account/email", methods=["GET", "POST"])
@signed_in
def change_address() -> ResponseReturnValue:
    form, account = AddressForm(), current_account()
    if form.validate_on_submit():
        count_guess("password", str(account.id), address=network_address())
        count_letter(address_key(form.email.data), address=network_address())
        with attempt(form):
            email = operations.request_new_address(account, form.email.data, form.password.data)
        if not form.errors:
            return render("accounts/address_asked.html", email=email, account=account, mailbox=mailbox())
    return draw("accounts/change_address.html", form, account=account)


@blueprint.route("/account/email/<token>", methods=["GET", "POST"])
@signed_in
def confirm_address(token: str) -> ResponseReturnValue:
    form, account = Form(), current_account()
    try:
        email = operations.new_address(account, token)
    except Missing:
        return render("accounts/link_used_up.html", status=410, purpose="address", next=None)
    if form.validate_on_submit():
        with attempt(form):
            operations.confirm_new_address(account, token)
        if not form.errors:
            renew(renew_token(this_session()))
            flash(f"You sign in with {email} from now on.")
            return redirect_to("accounts.profile")
    return draw("accounts/confirm_address.html", form, email=email, account=account)
