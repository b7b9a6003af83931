"""Entries as pages show them: with who, where and why beside them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask import url_for

from app.core.moments import number
from app.ledger.entries import Entry
from app.people.models import Person
from app.people.words import called
from app.points.queries import app_of_unit, people_behind
from app.points.words import Kind, kind_named, provenance_named, signed
from app.workspaces.models import App


@dataclass(frozen=True)
class Line:
    """One entry of somebody's statement, in words."""

    entry: Entry
    person: Person | None
    app: App | None

    @property
    def who(self) -> str:
        return called(self.person) if self.person else "Nobody known"

    @property
    def person_href(self) -> str | None:
        return url_for("people.show_person", person_id=self.person.id) if self.person else None

    @property
    def app_name(self) -> str:
        return self.app.name if self.app else "A deleted app"

    @property
    def is_test(self) -> bool:
        return bool(self.app and self.app.is_test)

    @property
    def change(self) -> str:
        return signed(self.entry.points_change)

    @property
    def points(self) -> str:
        """The amount without its sign."""
        return number(abs(self.entry.points_change))

    @property
    def is_one(self) -> bool:
        return abs(self.entry.points_change) == 1

    @property
    def kind(self) -> Kind:
        return kind_named(self.entry.kind)

    @property
    def label(self) -> str:
        """What it is called where its sign is known."""
        if self.entry.kind == "reversal":
            return "Given back" if self.entry.points_change > 0 else "Taken back"
        return self.kind.label

    @property
    def provenance(self) -> str:
        return provenance_named(self.entry.provenance)

    @property
    def reason(self) -> str | None:
        found = self.entry.details.get("reason")
        return found if isinstance(found, str) else None


def as_lines(entries: Iterable[Entry], apps: Sequence[App]) -> list[Line]:
    """Entries with whose they are; two questions, however many there are."""
    entries = list(entries)
    people, by_id = people_behind(entries), {app.id: app for app in apps}
    return [Line(entry, people.get(entry.owner.id), by_id.get(app_of_unit(entry.unit))) for entry in entries]
