"""The audit log across all workspaces."""

import json
from collections.abc import Iterator

from flask import request
from flask.typing import ResponseReturnValue

from app.accounts.access import staff_only
from app.core import panels
from app.core.db import session
from app.core.htmx import render
from app.core.pages import as_csv, newest_first
from app.core.tables import AuditEntry
from app.staff.forms.audit import AuditForm
from app.staff.queries.audit import ACTOR_KINDS, Entries, entries
from app.staff.views.blueprint import blueprint

panels.add_to(panels.staff_rail, panels.RailItem("Audit", "history", "staff.audit", 70))

COLUMNS = ("Time", "Actor kind", "Actor", "Actor id", "Action", "Subject kind", "Subject id", "Workspace", "Details")


@blueprint.get("/audit")
@staff_only
def audit() -> ResponseReturnValue:
    form = AuditForm()
    if not form.validate():
        return render("staff/audit.html", status=422, form=form, page=None, kinds=ACTOR_KINDS)
    query = entries(form.sought())
    if request.args.get("format") == "csv":
        return as_csv("audit", COLUMNS, _lines(query))
    return render("staff/audit.html", form=form, page=newest_first(query, AuditEntry.id), kinds=ACTOR_KINDS)


def _lines(query: Entries) -> Iterator[tuple[object, ...]]:
    rows = session.execute(query.order_by(AuditEntry.id.desc()), execution_options={"yield_per": 1000})
    for entry, workspace, account, key in rows:
        yield (
            entry.created_at,
            entry.actor_kind,
            account.email if account else key.name if key else "",
            entry.actor_id,
            entry.action,
            entry.subject_kind,
            entry.subject_id,
            workspace.slug,
            json.dumps(entry.details, ensure_ascii=False, sort_keys=True) if entry.details else "",
        )
