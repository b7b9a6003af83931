"""The bell's page: what it told, and that it was read."""

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from app.accounts.access import current_account
from app.core.htmx import redirect_to, render
from app.core.moments import ago
from app.core.pages import newest_first
from app.notifications.models import Notification
from app.notifications.operations import mark_all_read, mark_read
from app.notifications.queries import notifications_of
from app.workspaces.access import member

blueprint = Blueprint("notifications", __name__)

TONES = {"normal": "good", "high": "warn", "urgent": "bad"}


@blueprint.get("/w/<workspace>/notifications")
@member("workspace.read")
def list_all() -> ResponseReturnValue:
    page = newest_first(notifications_of(current_account().id), Notification.id, size=20)
    return render("notifications/list.html", page=page, notices=[_notice(told) for told in page.items])


@blueprint.post("/w/<workspace>/notifications/<uuid:notification_id>/readings")
@member("workspace.read")
def read_one(notification_id: UUID) -> ResponseReturnValue:
    """Mark one as read, and go on to what it is about."""
    found = mark_read(current_account().id, notification_id)
    # Checked by the table: a page of ours, never an address that somebody sent.
    return redirect(found.action_url, 303) if found.action_url else redirect_to("notifications.list_all")


@blueprint.post("/w/<workspace>/notifications/readings")
@member("workspace.read")
def read_all() -> ResponseReturnValue:
    mark_all_read(current_account().id)
    return redirect_to("notifications.list_all")


def _notice(told: Notification) -> dict[str, Any]:
    """One row of the list: what is unread has a colour, and opening it reads it."""
    is_new = told.read_at is None
    row: dict[str, Any] = {"title": told.title, "text": told.message, "when": ago(told.created_at)}
    row["tone"] = TONES[told.priority] if is_new else None
    if is_new:
        row["post"] = url_for("notifications.read_one", notification_id=told.id)
        row["action"] = "Open" if told.action_url else "Mark as read"
    elif told.action_url:
        row |= {"href": told.action_url, "action": "Open"}
    return row
