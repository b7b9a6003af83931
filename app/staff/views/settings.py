"""Settings of the whole installation."""

from flask import flash
from flask.typing import ResponseReturnValue

from app.accounts.access import staff_only
from app.core import panels
from app.core.htmx import redirect_to, render
from app.core.platform_settings import change_platform_settings, platform_settings
from app.staff.forms.settings import SettingsForm
from app.staff.views.blueprint import blueprint

panels.add_to(panels.staff_rail, panels.RailItem("Settings", "settings", "staff.settings", 80))


@blueprint.route("/settings", methods=["GET", "POST"])
@staff_only
def settings() -> ResponseReturnValue:
    form = SettingsForm(obj=platform_settings())
    if form.validate_on_submit():
        change_platform_settings(**form.chosen())
        flash("Saved. The settings are in force.")
        return redirect_to("staff.settings")
    return render("staff/settings.html", status=422 if form.errors else 200, form=form)
