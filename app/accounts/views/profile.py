"""What somebody is called, and how they read."""

from flask import after_this_request, flash, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from app.accounts.access import current_account, signed_in
from app.accounts.blueprint import blueprint
from app.accounts.forms import THEMES, ProfileForm
from app.accounts.operations.profile import change_profile
from app.accounts.views.answers import draw
from app.core.forms import attempt
from app.core.htmx import redirect_to
from app.core.settings import current_settings

THEME = "theme"
A_YEAR = 365 * 24 * 3600


@blueprint.route("/account", methods=["GET", "POST"])
@signed_in
def profile() -> ResponseReturnValue:
    account = current_account()
    theme = request.cookies.get(THEME)
    form = ProfileForm(account, theme=theme if theme in THEMES else "system")
    if form.validate_on_submit():
        with attempt(form):
            change_profile(account, name=form.name.data, locale=form.locale.data, timezone=form.timezone.data)
        if not form.errors:
            _keep_theme(form.theme.data)
            flash("Saved.")
            return redirect_to("accounts.profile")
    return draw("accounts/profile.html", form, account=account)


def _keep_theme(theme: str) -> None:
    """The switch in the frame writes the same cookie, so it is the browser's and not the account's."""

    @after_this_request
    def keep(response: Response) -> Response:
        response.set_cookie(THEME, theme, max_age=A_YEAR, samesite="Lax", secure=current_settings().secure)
        return response
