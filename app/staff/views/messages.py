"""Messages to the outside: what waits, what was sent, what could not be; never what stands in them."""

from uuid import UUID

from flask import flash
from flask.typing import ResponseReturnValue

from app.accounts.access import staff_only
from app.core import panels
from app.core.htmx import redirect_to, render
from app.core.outbox_queries import STATUSES
from app.core.pages import chosen, newest_first
from app.core.tables import OutboxMessage
from app.staff.operations.messages import give_message_up, retry_message
from app.staff.queries import outbox
from app.staff.views.blueprint import blueprint

panels.add_to(panels.staff_rail, panels.RailItem("Messages", "send", "staff.list_messages", 50))


@blueprint.get("/messages")
@staff_only
def list_messages() -> ResponseReturnValue:
    query = outbox.messages(status=chosen("status", STATUSES), channel=chosen("channel", outbox.CHANNELS))
    page = newest_first(query, OutboxMessage.id)
    return render(
        "staff/messages/list.html",
        page=page,
        messages=[outbox.Message.of(*row) for row in page.items],
        counts=outbox.counts(),
        statuses=STATUSES,
    )


@blueprint.get("/messages/<uuid:workspace_id>/<uuid:message_id>")
@staff_only
def show_message(workspace_id: UUID, message_id: UUID) -> ResponseReturnValue:
    return render("staff/messages/message.html", message=outbox.message(workspace_id, message_id))


@blueprint.post("/messages/<uuid:workspace_id>/<uuid:message_id>/retries")
@staff_only
def retry_message_now(workspace_id: UUID, message_id: UUID) -> ResponseReturnValue:
    retry_message(workspace_id, message_id)
    flash("The message is tried again now.")
    return redirect_to("staff.show_message", workspace_id=workspace_id, message_id=message_id)


@blueprint.post("/messages/<uuid:workspace_id>/<uuid:message_id>/surrenders")
@staff_only
def give_up(workspace_id: UUID, message_id: UUID) -> ResponseReturnValue:
    give_message_up(workspace_id, message_id)
    flash("The message is not tried any more.")
    return redirect_to("staff.show_message", workspace_id=workspace_id, message_id=message_id)
