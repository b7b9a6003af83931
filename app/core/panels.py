"""What features add to screens that stand above them: places in the rail, home panels, search."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class RailItem:
    """A place in the navigation; `needs` is the permission that shows it."""

    label: str
    icon: str
    endpoint: str
    order: int
    needs: str | None = None


@dataclass(frozen=True)
class Hit:
    """One thing that a search found."""

    label: str
    hint: str
    icon: str
    url: str


@dataclass(frozen=True)
class Panel:
    """A part of a page that its feature fills and draws: a template and what it needs.

    What it shows may be as old as the minute, unless the change is written into the audit log.
    """

    template: str
    order: int
    context: Callable[[], dict[str, Any]]


@dataclass(frozen=True)
class Moment:
    """Something that happened to a person, as their timeline tells it."""

    at: datetime
    icon: str
    title: str
    text: str | None = None
    href: str | None = None


@dataclass(frozen=True)
class PersonPanel:
    """A part of a person's page that a feature fills and draws; `context` is asked with the person's id."""

    template: str
    order: int
    needs: str
    context: Callable[[UUID], dict[str, Any]]


@dataclass(frozen=True)
class PersonExport:
    """A part of the file with everything known of a person; each item is anything that JSON can say."""

    name: str
    items: Callable[[UUID], Iterable[Any]]


Search = Callable[[str], Iterable[Hit]]
# A person's id, the time before which it must lie, and how many at most; newest first.
Timeline = Callable[[UUID, datetime, int], Iterable[Moment]]

rail: list[RailItem] = []
staff_rail: list[RailItem] = []
home_panels: list[Panel] = []
search_sources: list[Search] = []
person_panels: list[PersonPanel] = []
person_timelines: list[Timeline] = []
person_exports: list[PersonExport] = []


def add_to(items: list[Any], item: Any) -> None:
    """Register once, however many applications one process makes."""
    if item not in items:
        items.append(item)
