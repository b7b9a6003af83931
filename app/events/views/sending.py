"""An event sent by hand, and followed until it is worked off."""

from flask import flash, request
from flask.typing import ResponseReturnValue

from app.core.forms import attempt
from app.core.htmx import redirect_to, render
from app.events.blueprint import blueprint
from app.events.forms import TestEventForm
from app.events.operations.sending import send_test_event
from app.events.queries.received_names import received_names
from app.workspaces.access import member
from app.workspaces.queries.apps import all_apps, app_by_id

NAMES_OFFERED = 40
# What a link to the form may fill in, to send an event like another.
PREFILLED = ("app", "name", "user_id", "properties")


@blueprint.route("/w/<workspace>/events/test", methods=["GET", "POST"])
@member("events.manage")
def send_test() -> ResponseReturnValue:
    apps = [app for app in all_apps() if app.status != "suspended"]
    form = TestEventForm(apps=apps, **{name: request.args[name] for name in PREFILLED if name in request.args})
    if form.validate_on_submit():
        with attempt(form):
            event_id = send_test_event(
                app_by_id(form.app_id), name=form.name.data, user_id=form.user_id.data, properties=form.properties.data
            )
        if not form.errors:
            flash("Sent. Here is what becomes of it.")
            return redirect_to("events.show_event", event_id=event_id)
    status = 422 if form.errors else 200
    return render("events/test.html", status=status, form=form, apps=apps, names=received_names(NAMES_OFFERED))
