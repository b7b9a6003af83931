"""What was sent and what came back; sending again, and sending a test."""

from uuid import UUID

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.core.htmx import redirect_to, render
from app.core.ids import new_id, parse_id
from app.core.pages import as_csv
from app.webhooks.models import WebhookAttempt
from app.webhooks.operations.sending import resend_all_failed, resend_attempt, send_test
from app.webhooks.queries.attempts import all_of, attempt_by_id, attempts, attempts_at
from app.webhooks.queries.endpoints import endpoint_by_id
from app.webhooks.receiving import laid_open
from app.webhooks.views.blueprint import blueprint
from app.workspaces.access import member

COLUMNS = ("Id", "Message", "Type", "Attempt", "Result", "Status", "Error", "Milliseconds", "At")


@blueprint.get("/w/<workspace>/webhooks/<uuid:endpoint_id>/attempts.csv")
@member("webhooks.read")
def export_attempts(endpoint_id: UUID) -> ResponseReturnValue:
    endpoint_by_id(endpoint_id)
    query = attempts(endpoint_id, failed=request.args.get("result") == "failed")
    return as_csv("webhook-attempts", COLUMNS, (_line(attempt) for attempt in all_of(query)))


@blueprint.get("/w/<workspace>/webhooks/<uuid:endpoint_id>/attempts/<uuid:attempt_id>")
@member("webhooks.read")
def show_attempt(endpoint_id: UUID, attempt_id: UUID) -> ResponseReturnValue:
    attempt = attempt_by_id(endpoint_id, attempt_id)
    return render(
        "webhooks/attempt.html",
        endpoint=endpoint_by_id(endpoint_id),
        attempt=attempt,
        request_sent=laid_open(attempt.request),
        response=laid_open(attempt.response),
        others=attempts_at(attempt.message_id),
    )


@blueprint.post("/w/<workspace>/webhooks/<uuid:endpoint_id>/attempts/<uuid:attempt_id>/resends")
@member("webhooks.manage")
def resend(endpoint_id: UUID, attempt_id: UUID) -> ResponseReturnValue:
    resend_attempt(endpoint_id, attempt_id)
    flash("The message is sent again now.")
    return redirect_to("webhooks.show_endpoint", endpoint_id=endpoint_id)


@blueprint.post("/w/<workspace>/webhooks/<uuid:endpoint_id>/resends")
@member("webhooks.manage")
def resend_failed(endpoint_id: UUID) -> ResponseReturnValue:
    count = resend_all_failed(endpoint_id)
    flash(f"{count} {'message is' if count == 1 else 'messages are'} sent again now." if count else "None had failed.")
    return redirect_to("webhooks.show_endpoint", endpoint_id=endpoint_id)


@blueprint.post("/w/<workspace>/webhooks/<uuid:endpoint_id>/tests")
@member("webhooks.manage")
def test(endpoint_id: UUID) -> ResponseReturnValue:
    """The form brings the test's id along, so that a double click sends one."""
    sent = send_test(endpoint_id, parse_id(request.form.get("test_id", "")) or new_id())
    return redirect(url_for("webhooks.show_endpoint", endpoint_id=endpoint_id, test=sent, _anchor="test"), 303)


def _line(attempt: WebhookAttempt) -> tuple[object, ...]:
    return (
        attempt.id,
        attempt.message_id,
        attempt.type,
        attempt.number,
        "Succeeded" if attempt.succeeded else "Failed",
        attempt.response_status,
        attempt.error,
        attempt.duration_ms,
        attempt.created_at,
    )
