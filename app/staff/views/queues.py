"""Work outside the request: queues, jobs that failed, and what is done by the clock."""

from flask import flash
from flask.typing import ResponseReturnValue

from app.accounts.access import staff_only
from app.core import panels
from app.core.htmx import redirect_to, render
from app.core.queues import failed_jobs, queue_state
from app.staff.operations.jobs import discard_job, retry_job
from app.staff.queries.schedule import runs
from app.staff.views.blueprint import blueprint

panels.add_to(panels.staff_rail, panels.RailItem("Queues", "list-checks", "staff.queues", 60))


@blueprint.get("/queues")
@staff_only
def queues() -> ResponseReturnValue:
    return render("staff/queues.html", queues=queue_state(), jobs=failed_jobs(), runs=runs())


@blueprint.post("/queues/jobs/<job_id>/retries")
@staff_only
def retry_failed_job(job_id: str) -> ResponseReturnValue:
    retry_job(job_id)
    flash("The job is back in its queue.")
    return redirect_to("staff.queues")


@blueprint.post("/queues/jobs/<job_id>/discards")
@staff_only
def discard_failed_job(job_id: str) -> ResponseReturnValue:
    discard_job(job_id)
    flash("The job is forgotten.")
    return redirect_to("staff.queues")
