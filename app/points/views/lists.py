"""Lists of balances and transactions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue

from app.core.db import session
from app.core.htmx import render
from app.core.ids import parse_id
from app.core.pages import as_csv, chosen, numbered, sought
from app.ledger.entries import points_of
from app.ledger.queries.lists import entries_of_units, holdings, last_changes
from app.people.models import Person
from app.people.queries.people import person_by_id
from app.people.words import called
from app.points.queries import people_of, people_sought, statement_of
from app.points.views.blueprint import blueprint
from app.points.views.lines import Line, as_lines
from app.points.views.narrowing import narrowing
from app.points.views.walking import CHUNK, Walk, page_of_entries, whole
from app.points.words import KINDS
from app.workspaces.access import member
from app.workspaces.models import App
from app.workspaces.queries.apps import all_apps

BALANCE_COLUMNS = ("User id", "App", "Test app", "Balance", "Person")
TRANSACTION_COLUMNS = (
    *("Time", "Points", "Kind", "User id", "App", "Test app", "Kind of points", "Balance after", "Reason"),
    *("Reverses", "Reversed by", "Transaction", "Person"),
)


@dataclass(frozen=True)
class Held:
    """What one person has, as the list shows it."""

    person: Person | None
    app: App
    balance: int
    changed_at: datetime | None

    @property
    def who(self) -> str:
        return called(self.person) if self.person else "Nobody known"

    @property
    def user_id(self) -> str | None:
        return self.person.external_id if self.person else None

    @property
    def href(self) -> str | None:
        return url_for("people.show_person", person_id=self.person.id) if self.person else None


@blueprint.get("/w/<workspace>/points/balances")
@member("points.read")
def list_balances() -> ResponseReturnValue:
    wanted = narrowing()
    query = holdings(wanted.units, people_sought(sought(), wanted.app) if sought() else None)
    if request.args.get("format") == "csv":
        return as_csv("balances", BALANCE_COLUMNS, _balance_lines(query))
    columns = query.selected_columns
    page = numbered(query, {"balance": columns.available}, default="-balance", tie=columns.id)
    changes = last_changes([row.id for row in page.items])
    return render(
        "points/balances.html", page=replace(page, items=_held(page.items, wanted.apps, changes)), **wanted.context
    )


@blueprint.get("/w/<workspace>/points/transactions")
@member("points.read")
def list_transactions() -> ResponseReturnValue:
    wanted, kind = narrowing(), chosen("kind", KINDS)
    person = _wanted_person()
    kinds = [kind] if kind else list(KINDS)
    walk: Walk = partial(statement_of, person) if person else partial(entries_of_units, wanted.units, kinds)
    if request.args.get("format") == "csv":
        return as_csv("transactions", TRANSACTION_COLUMNS, _transaction_lines(walk))
    page = page_of_entries(walk)
    return render(
        "points/transactions.html",
        page=replace(page, items=as_lines(page.items, wanted.apps)),
        kind=kind,
        kinds=[(name, kind.label) for name, kind in KINDS.items()],
        person=person,
        called=called(person) if person else None,
        **wanted.context,
    )


def _wanted_person() -> Person | None:
    person_id = parse_id(request.args.get("person", ""))
    return person_by_id(person_id) if person_id else None


def _held(rows: Sequence[Any], apps: Sequence[App], changes: dict[UUID, datetime]) -> list[Held]:
    by_unit, people = {points_of(app.id): app for app in apps}, people_of({row.owner_id for row in rows})
    return [Held(people.get(row.owner_id), by_unit[row.unit], row.available, changes.get(row.id)) for row in rows]


def _balance_lines(query: Any) -> Iterator[Sequence[object]]:
    """Whoever came last first: an order that stays as it is while the file is written."""
    # Read anew: what the request had read is forgotten with its transaction, which ends before the file is written.
    below, apps = query, all_apps()
    while rows := session.execute(below.order_by(query.selected_columns.id.desc()).limit(CHUNK)).all():
        for held in _held(rows, apps, {}):
            person = str(held.person.id) if held.person else None
            yield (held.user_id, held.app.name, held.app.is_test, held.balance, person)
        below = query.where(query.selected_columns.id < rows[-1].id)
        session.expunge_all()


def _transaction_lines(walk: Walk) -> Iterator[Sequence[object]]:
    apps = all_apps()
    for entries in whole(walk):
        yield from map(_transaction_line, as_lines(entries, apps))


def _transaction_line(line: Line) -> Sequence[object]:
    entry, person = line.entry, line.person
    return (
        *(entry.at, entry.points_change, line.label, person.external_id if person else None),
        *(line.app_name, line.is_test, line.provenance, entry.balance_after, line.reason),
        *(entry.reverses, entry.reversed_by, entry.id, person.id if person else None),
    )
