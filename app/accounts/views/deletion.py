"""Taking one's own account away."""

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from app.accounts.access import current_account, signed_in
from app.accounts.blueprint import blueprint
from app.accounts.forms import DeletionForm
from app.accounts.login import forget, network_address
from app.accounts.operations import deletion as operations
from app.accounts.throttle import count_guess
from app.accounts.views.answers import draw
from app.core.forms import attempt


@blueprint.route("/account/deletion", methods=["GET", "POST"])
@signed_in
def delete_account() -> ResponseReturnValue:
    form, account = DeletionForm(), current_account()
    if form.validate_on_submit():
        count_guess("password", str(account.id), address=network_address())
        with attempt(form):
            operations.delete_account(account, password=form.password.data, email=form.email.data)
        if not form.errors:
            forget()
            flash("Your account is deleted.")
            return redirect(url_for("accounts.sign_in"), 303)
    return draw("accounts/deletion.html", form, account=account, consequences=operations.consequences(account))
