"""What features add to screens that stand above them: places in the rail, home panels, search."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


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


Search = Callable[[str], Iterable[Hit]]

rail: list[RailItem] = []
staff_rail: list[RailItem] = []
home_panels: list[Panel] = []
search_sources: list[Search] = []


def add_to(items: list[Any], item: Any) -> None:
    """Register once, however many applications one process makes."""
    if item not in items:
        items.append(item)
