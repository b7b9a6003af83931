"""A transaction's page: both sides, what caused it, what undid it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import url_for
from flask.typing import ResponseReturnValue

from app.core import panels
from app.core.htmx import render
from app.core.ids import parse_id
from app.ledger.entries import PLATFORM
from app.ledger.queries import entry as entry_by_id
from app.ledger.queries.lists import Side, entries_like, sides_of
from app.ledger.queries.statements import entries_by_id
from app.people.models import Person
from app.people.words import called
from app.points.queries import balance_of, people_of
from app.points.undoing import undoing, why_not
from app.points.views.blueprint import blueprint
from app.points.views.lines import Line, as_lines
from app.points.words import PLATFORM_BOOKS, cause_named, points_of_kind, provenance_named, signed
from app.workspaces.access import may, member
from app.workspaces.models import App
from app.workspaces.queries.apps import all_apps


def _search(text: str) -> Iterator[panels.Hit]:
    """A transaction by its id, as the API and webhooks name it."""
    transaction_id = parse_id(text)
    if transaction_id is None or not may("points.read"):
        return
    for line in as_lines(entries_by_id([transaction_id]), all_apps()):
        href = url_for("points.show_transaction", transaction_id=transaction_id)
        yield panels.Hit(f"{line.change} points: {line.label}", f"Transaction of {line.who}", "coins", href)


panels.add_to(panels.search_sources, _search)


@dataclass(frozen=True)
class ShownSide:
    """One of the two books, in words."""

    label: str
    detail: str
    change: str
    after: int | None


@blueprint.get("/w/<workspace>/points/transactions/<uuid:transaction_id>")
@member("points.read")
def show_transaction(transaction_id: UUID) -> ResponseReturnValue:
    entry, apps = entry_by_id(transaction_id), all_apps()
    (line,) = as_lines([entry], apps)
    source, target, lots = sides_of(transaction_id)
    way_back = undoing(entry, balance_of(line.person), line.who) if line.person else None
    return render(
        "points/transaction.html",
        entry=entry,
        line=line,
        sides=_sides([source, target]),
        lots=lots,
        siblings=_siblings(line, apps),
        undoing=way_back,
        why_not=None if way_back else why_not(entry),
        cause=cause_named(entry.cause.kind, entry.cause.id),
        metadata=json.dumps(entry.details, indent=2, ensure_ascii=False) if entry.details else None,
    )


def _siblings(line: Line, apps: Sequence[App]) -> list[Line]:
    """What else the same spend was paid from."""
    alike = [other for other in entries_like(line.entry) if other.id != line.entry.id]
    return as_lines(alike, apps)


def _sides(sides: Sequence[Side]) -> list[ShownSide]:
    people = people_of({side.owner.id for side in sides if side.owner.kind == "person"})
    return [_side(side, people.get(side.owner.id)) for side in sides]


def _side(side: Side, person: Person | None) -> ShownSide:
    change = signed(side.change)
    if side.owner.kind == PLATFORM.kind:
        label, detail = PLATFORM_BOOKS.get(side.provenance, (provenance_named(side.provenance), ""))
        return ShownSide(label, detail, change, None)
    label = called(person) if person else "Nobody known"
    return ShownSide(label, points_of_kind(side.provenance), change, side.after)
