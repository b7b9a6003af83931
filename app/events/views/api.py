"""/v1: events that were sent, and what became of them."""

from collections.abc import Sequence
from uuid import UUID

from app.core.api import Api
from app.core.errors import Denied, Invalid, Missing
from app.core.listing import Listing
from app.events import listing_schemas as schemas
from app.events.models import Event
from app.events.queries.lists import Wanted, event_by_id, events_by_id, events_of_message, find_events
from app.events.queries.looking import Found, Window
from app.events.queries.standing import effects_of, failures_of, status_of
from app.workspaces.key_access import key, this_caller
from app.workspaces.queries.apps import all_apps

api = Api("events_api", __name__, title="Events that came")

# Where conditions fit few events, so many looks are taken before the list is called ended.
LOOKS = 4


@api.on("GET", "/events")
@key("read")
def list_events(query: schemas.Which) -> Listing[schemas.Event]:
    """List events.

    Events newest first, each with its `status` and with its `effects`: what it caused, or why nothing. A key of one
    app sees that app's. Several conditions must all be met; of one user's events the newest 20,000 are looked through.
    """
    if query.starting_after and query.ending_before:
        raise Invalid("not_valid", "Send starting_after or ending_before, not both.", field="ending_before")
    found = _of_message(query) if query.message_id else _looked_for(query)
    return Listing(data=_shown(events_by_id(found.ids)), has_more=found.has_more)


@api.on("GET", "/events/<uuid:event_id>")
@key("read")
def show_event(event_id: schemas.EventId) -> schemas.Event:
    """Read an event.

    One event, with its `status` and with its `effects`: what it caused, or why nothing.
    """
    event = event_by_id(event_id)
    if this_caller().app_id not in (None, event.app_id):
        raise Missing
    return _shown([event])[0]


def _looked_for(query: schemas.Which) -> Found:
    """One page; where a look ends with nothing, the next one goes on from there."""
    wanted = _wanted(query)
    window = Window(query.limit, below=query.starting_after, above=query.ending_before)
    found = find_events(wanted, window)
    for _ in range(LOOKS - 1):
        if found.ids or found.looked_to is None:
            break
        onward = {"above": found.looked_to} if window.is_upward else {"below": found.looked_to}
        found = find_events(wanted, Window(query.limit, **onward))
    return Found(found.ids, found.has_more or bool(found.ids and found.looked_to))


def _of_message(query: schemas.Which) -> Found:
    """The one event of a message id, if it also meets the other conditions."""
    found = events_of_message(query.message_id or "", _wanted(query).apps)
    conditions = {"user_id": query.user_id, "anonymous_id": query.anonymous_id, "name": query.name}
    wanted = {field: value for field, value in conditions.items() if value is not None}
    fitting = [one.id for one in found if all(getattr(one, field) == value for field, value in wanted.items())]
    return Found(fitting[: query.limit])


def _wanted(query: schemas.Which) -> Wanted:
    bound = this_caller().app_id
    if bound and query.app_id not in (None, bound):
        raise Denied("app_not_yours", "This key belongs to another app than app_id names.")
    app_id = bound or query.app_id
    apps: Sequence[UUID] = [app_id] if app_id else [app.id for app in all_apps()]
    return Wanted(
        apps=apps,
        is_one_app=app_id is not None,
        name=query.name,
        user_ids=[query.user_id] if query.user_id else (),
        anonymous_ids=[query.anonymous_id] if query.anonymous_id else (),
        with_both=True,
    )


def _shown(events: Sequence[Event]) -> list[schemas.Event]:
    ids = [event.id for event in events]
    status, effects, failures = status_of(ids), effects_of(ids), failures_of(ids)
    return [
        schemas.Event.of(event, status[event.id], effects.get(event.id, []), failures.get(event.id)) for event in events
    ]
