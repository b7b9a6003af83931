"""Events that could not be worked off: what went wrong, and another try."""

from uuid import UUID

from flask import flash, request
from flask.typing import ResponseReturnValue

from app.core.errors import DomainError
from app.core.htmx import redirect_to, render
from app.core.ids import parse_id
from app.core.pages import chosen
from app.events.blueprint import blueprint
from app.events.operations.failures import retry_failure, retry_failures
from app.events.queries.shelf import find_failures, kinds_of_failure, shelved
from app.events.subscribing import subscribers
from app.events.views.narrowing import page_of, window
from app.events.views.telling import WORDS
from app.workspaces.access import member
from app.workspaces.queries.apps import all_apps

STATES = {"settled": "Worked off later"}


@blueprint.get("/w/<workspace>/events/failures")
@member("events.read")
def failures() -> ResponseReturnValue:
    kinds, part = kinds_of_failure(), window()
    known = {kind.subscriber for kind in kinds} | {name for name, _ in subscribers()} | {"people"}
    subscriber, are_settled = chosen("subscriber", known), chosen("state", STATES) is not None
    found = find_failures(part, subscriber=subscriber, are_settled=are_settled)
    lines = shelved(found.ids)
    return render(
        "events/failures.html",
        part="shelf",
        page=page_of(found, part),
        lines=lines,
        kinds=kinds,
        states=STATES,
        subscriber=subscriber,
        are_settled=are_settled,
        is_under_way=any(line.status == "waiting" for line in lines),
        apps={app.id: app.name for app in all_apps()},
        part_chips=[(name, name) for name in sorted(known)],
        **WORDS,
    )


@blueprint.post("/w/<workspace>/events/failures/retries")
@member("events.manage")
def retry_many() -> ResponseReturnValue:
    """Those that were ticked, or everything that stands on the shelf."""
    if request.form.get("do") == "all":
        retried = retry_failures(subscriber=request.form.get("subscriber") or None)
    else:
        retried = sum(map(_retried, filter(None, map(parse_id, request.form.getlist("id")))))
    if retried:
        flash("One event is tried again." if retried == 1 else f"{retried:,} events are tried again.")
    else:
        flash("Nothing was put back: what you chose waits already, or was worked off.", "warn")
    return redirect_to("events.failures", subscriber=request.form.get("subscriber") or None)


@blueprint.post("/w/<workspace>/events/failures/<uuid:failure_id>/retries")
@member("events.manage")
def retry(failure_id: UUID) -> ResponseReturnValue:
    failure = retry_failure(failure_id)
    flash("It is tried again. Here is what becomes of it.")
    return redirect_to("events.show_event", event_id=failure.event_id)


def _retried(failure_id: UUID) -> bool:
    """Whether it was put back; what somebody else put back in the meantime is no fault."""
    try:
        retry_failure(failure_id)
    except DomainError:
        return False
    return True
