"""What a list of events is narrowed to, read from the address of the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import request

from app.core.components import here
from app.core.ids import parse_id
from app.core.pages import Page, chosen, sought
from app.events.models import LONGEST_NAME
from app.events.queries.lists import Wanted, find_events, processed_events
from app.events.queries.looking import Found, Window
from app.people.models import LONGEST_ID, Person
from app.people.queries.people import names_of, person_by_id
from app.workspaces.models import App

STATES = {"waiting": "Waiting", "failed": "Failed", "processed": "Processed"}
PAGE = 50
# Of somebody with more ids than this, the first are looked for.
MOST_IDS = 200
NOWHERE = UUID(int=0)


@dataclass(frozen=True)
class Narrowing:
    """The filters in force."""

    apps: Sequence[App]
    app: App | None
    name: str
    who: str
    person: Person | None
    state: str | None

    @property
    def is_on(self) -> bool:
        return bool(self.app or self.name or self.who or self.person or self.state)

    def found(self, window: Window) -> Found:
        """One page of what fits."""
        wanted = self._wanted()
        return processed_events(wanted, window) if self.state == "processed" else find_events(wanted, window)

    def _wanted(self) -> Wanted:
        user_ids: Sequence[str] = [self.who] if self.who else ()
        anonymous_ids = user_ids
        if self.person:
            names = names_of(self.person.id)
            user_ids, anonymous_ids = names.user_ids[:MOST_IDS], names.anonymous_ids[:MOST_IDS]
        one_app = self.person.app_id if self.person else self.app.id if self.app else None
        return Wanted(
            apps=[one_app] if one_app else [app.id for app in self.apps],
            is_one_app=one_app is not None,
            name=self.name or None,
            user_ids=user_ids,
            anonymous_ids=anonymous_ids,
            only_unclaimed=self.person is not None,
            state="waiting" if self.state == "waiting" else "failed" if self.state == "failed" else None,
        )


def narrowing(apps: Sequence[App]) -> Narrowing:
    """The filters that the address names; what it names wrongly is no filter, and another's person is not there."""
    person_id = parse_id(request.args.get("person", ""))
    return Narrowing(
        apps=apps,
        app={str(app.id): app for app in apps}.get(request.args.get("app", "")),
        name=sought("name", LONGEST_NAME),
        who=sought("who", LONGEST_ID),
        person=person_by_id(person_id) if person_id else None,
        state=chosen("status", STATES),
    )


def window(opened: UUID | None = None) -> Window:
    """The part of the list that the address names; it begins with the opened event where it names only that."""
    below, above = parse_id(request.args.get("before", "")), parse_id(request.args.get("after", ""))
    return Window(PAGE, below=below or (just_above(opened) if opened and not above else None), above=above)


def page_of(found: Found, part: Window) -> Page:
    """The events of one part, and the ways on from it."""
    onward = (found.ids[0] if part.is_upward else found.ids[-1]) if found.has_more else found.looked_to
    if part.is_upward:
        return Page(
            found.ids,
            previous_url=here(after=onward) if onward else None,
            next_url=here(before=found.ids[-1] if found.ids else just_above(part.above or NOWHERE)),
        )
    newer = here(after=found.ids[0]) if found.ids else here()
    return Page(found.ids, previous_url=newer if part.below else None, next_url=here(before=onward) if onward else None)


def just_above(event_id: UUID) -> UUID:
    """The id below which an event is the first: who opens one keeps the list as it stands."""
    return UUID(int=event_id.int + 1)
