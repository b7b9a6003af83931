"""The activity page: what happened in the workspace, and who did it."""

import json
from collections.abc import Iterator, Sequence
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Select

from app.core import panels
from app.core.htmx import render
from app.core.ids import parse_id
from app.core.moments import ago
from app.core.pages import as_csv, chosen, newest_first
from app.core.tables import AuditEntry
from app.workspaces.access import member, this_workspace
from app.workspaces.forms.activity import FilterForm
from app.workspaces.queries.activity import SUBJECTS, WORDS, Line, activity, in_words, latest, whole_log
from app.workspaces.queries.team import names_of_team

blueprint = Blueprint("activity", __name__)
panels.add_to(panels.rail, panels.RailItem("Activity", "history", "activity.log", 50, "activity.read"))

RECENT = 6
ICONS = {
    "app": "app-window",
    "key": "key-round",
    "webhook": "webhook",
    "person": "contact-round",
    "event": "zap",
    "account": "users",
    "invite": "mail",
    "visit": "eye",
}
COLUMNS = ("Time", "Actor", "Kind of actor", "Action", "Kind of subject", "Subject", "Details")


@blueprint.get("/w/<workspace>/activity")
@member("activity.read")
def log() -> ResponseReturnValue:
    actor, action, subject = _actor(), chosen("action", WORDS), chosen("subject", SUBJECTS)
    query = activity(actor=actor, action=action, subject=subject)
    if request.args.get("format") == "csv":
        return as_csv("activity", COLUMNS, _rows(query))
    page = newest_first(query, AuditEntry.id)
    return render(
        "activity/log.html",
        page=page,
        lines=in_words(page.items),
        form=FilterForm(request.args, team=[(row[0], row[1]) for row in names_of_team(this_workspace().id)]),
        subjects=list(SUBJECTS.items()),
        is_narrowed=bool(actor or action),
    )


def as_timeline(lines: Sequence[Line]) -> list[dict[str, str | None]]:
    """Lines of the log as the component `timeline` takes them."""
    return [
        {
            "title": f"{line.who} {line.did}",
            "text": ", ".join(part for part in (line.what, line.more) if part),
            "when": ago(line.entry.created_at),
            "icon": ICONS.get(line.entry.subject_kind, "settings"),
            "tone": "warn" if line.by_staff else None,
        }
        for line in lines
    ]


def _recent() -> dict[str, object]:
    return {"recent": as_timeline(latest(RECENT))}


panels.add_to(panels.home_panels, panels.Panel("activity/recent.html", 50, _recent))


def _actor() -> UUID | None:
    return parse_id(request.args.get("actor", ""))


def _rows(query: Select[AuditEntry]) -> Iterator[tuple[object, ...]]:
    for line in whole_log(query):
        entry = line.entry
        details = json.dumps(entry.details, ensure_ascii=False, sort_keys=True)
        what = line.what or entry.subject_id
        yield (entry.created_at, line.who, entry.actor_kind, entry.action, entry.subject_kind, what, details)
