"""What a person's page tells of their points, and what the file about them holds."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from uuid import UUID

from flask import url_for

from app.core import panels
from app.people.queries.people import person_by_id
from app.points import schemas
from app.points.queries import balance_of, statement_before, statement_of
from app.points.views.lines import Line, as_lines
from app.points.views.walking import whole
from app.points.words import provenance_named
from app.workspaces.access import may
from app.workspaces.queries.apps import app_by_id

LATEST = 5


def _panel(person_id: UUID) -> dict[str, object]:
    person = person_by_id(person_id)
    held = balance_of(person)
    return {
        "points": {
            "person_id": person.id,
            "held": held,
            "by_provenance": [(provenance_named(name), points) for name, points in held.by_provenance.items()],
            "lines": as_lines(statement_of(person, most=LATEST), [app_by_id(person.app_id)]),
            "can_move": person.erased_at is None,
        }
    }


panels.add_to(panels.person_panels, panels.PersonPanel("points/person.html", 20, "points.read", _panel))


def _timeline(person_id: UUID, before: datetime, most: int) -> Iterator[panels.Moment]:
    if not may("points.read"):
        return
    person = person_by_id(person_id)
    app = app_by_id(person.app_id)
    for entry in statement_before(person, before, most):
        yield _moment(Line(entry, person, app))


panels.add_to(panels.person_timelines, _timeline)


def _moment(line: Line) -> panels.Moment:
    entry = line.entry
    href = url_for("points.show_transaction", transaction_id=entry.id)
    title = f"{line.change} {'point' if line.is_one else 'points'}"
    text = f"{line.label}: {line.reason}" if line.reason else line.label
    return panels.Moment(entry.at, line.kind.icon, title, text, href)


def _transactions(person_id: UUID) -> Iterator[schemas.Transaction]:
    person = person_by_id(person_id)
    user_id = person.external_id
    for entries in whole(partial(statement_of, person)):
        yield from (schemas.Transaction.of(entry, user_id) for entry in entries)


panels.add_to(panels.person_exports, panels.PersonExport("transactions", _transactions))
