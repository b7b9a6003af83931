"""The list of people as pages: newest seen first, each page bound to a place that does not move."""

from collections.abc import Sequence
from datetime import datetime

from flask import request

from app.core.components import here
from app.core.ids import parse_id
from app.core.pages import SIZE, Page
from app.people.models import Person
from app.people.queries.lists import Place, Sought, newest_seen


def page_of_people(sought: Sought, size: int = SIZE) -> Page:
    """The page below `?before=` or above `?after=` a place."""
    below, above = _place("before"), _place("after")
    if above and not below:
        found = newest_seen(sought, size + 1, above=above)
        if len(found) > size:
            return _page(found[:size][::-1], newer=True, older=True)
        # So near the top that the page begins there.
        below = None
    found = newest_seen(sought, size + 1, below=below)
    return _page(found[:size], newer=below is not None, older=len(found) > size)


def _page(people: Sequence[Person], *, newer: bool, older: bool) -> Page:
    return Page(
        people,
        previous_url=here(after=_written(people[0])) if newer and people else None,
        next_url=here(before=_written(people[-1])) if older else None,
    )


def _written(person: Person) -> str:
    return f"{person.last_seen_at.isoformat()}~{person.id}"


def _place(name: str) -> Place | None:
    moment, _, person_id = request.args.get(name, "").partition("~")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    found = parse_id(person_id)
    return Place(at, found) if found and at.tzinfo else None
