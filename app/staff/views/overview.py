"""What waits for staff, and how the installation is."""

from flask.typing import ResponseReturnValue

from app.accounts.access import staff_only
from app.core import panels
from app.core.htmx import render
from app.core.queues import queue_state
from app.staff.queries.overview import figures, strayed_rows
from app.staff.queries.schedule import stands_still
from app.staff.views.blueprint import blueprint
from app.staff.waiting import State, notices, parts

panels.add_to(panels.staff_rail, panels.RailItem("Overview", "gauge", "staff.overview", 10))


@blueprint.get("")
@staff_only
def overview() -> ResponseReturnValue:
    state = State(figures(), queue_state(), strayed_rows(), stands_still())
    return render("staff/overview.html", figures=state.figures, notices=notices(state), parts=parts(state))
