"""The event debugger: events as they arrive, and each one by itself."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from uuid import UUID

from flask import Response, g, make_response, request, url_for
from flask.typing import ResponseReturnValue

from app.core import panels
from app.core.htmx import render, wants_part
from app.core.ids import parse_id
from app.core.moments import here_and_now, number
from app.events.blueprint import blueprint
from app.events.queries.lists import event_by_id, find_event
from app.events.queries.looking import Found
from app.events.queries.received_names import received_names
from app.events.queries.rows import rows
from app.events.queries.standing import status_of
from app.events.views.narrowing import STATES, Narrowing, just_above, narrowing, page_of, window
from app.events.views.telling import WORDS, summary, whole
from app.workspaces.access import may, member
from app.workspaces.queries.apps import all_apps, app_by_id

# So many names are offered as chips, and so many more while one types.
NAMES_SHOWN, NAMES_OFFERED = 6, 40
APPS_SHOWN = 8
# Search shows no more of them than of anything else.
NAMES_FOUND = 6


@blueprint.get("/w/<workspace>/events/live")
@member("events.read")
def live() -> ResponseReturnValue:
    asked, opened = narrowing(all_apps()), parse_id(request.args.get("event", ""))
    part = window(opened)
    found = asked.found(part)
    statuses = status_of(found.ids)
    tag = _tag(found, statuses)
    if wants_part() and request.if_none_match.contains(tag):
        return _kept(make_response("", 304), tag)
    context: dict[str, Any] = {
        "asked": asked,
        "apps": {app.id: app.name for app in asked.apps},
        "app_chips": [(app.id, app.name) for app in asked.apps[:APPS_SHOWN]],
        "page": page_of(found, part),
        "lines": rows(statuses),
        "opened": whole(event_by_id(opened)) if opened else None,
        "is_live": not (opened or part.below or part.above),
        "above": just_above(found.ids[0]) if found.ids else None,
        "looked_to": found.looked_to,
    }
    names = {} if wants_part() else _names(asked)
    return _kept(make_response(render("events/live.html", part="rows", **_words(), **context, **names)), tag)


@blueprint.get("/w/<workspace>/events/<uuid:event_id>")
@member("events.read")
def show_event(event_id: UUID) -> ResponseReturnValue:
    event = event_by_id(event_id)
    return render("events/event.html", part="outcome", app=app_by_id(event.app_id), **whole(event))


def _words() -> dict[str, Any]:
    return {**WORDS, "states": STATES, "summary": summary, "fresh": wants_part()}


def _names(asked: Narrowing) -> dict[str, Any]:
    """The names that were really received: the most frequent to choose from, the others while one types."""
    names = received_names(NAMES_OFFERED, app_id=asked.app.id if asked.app else None)
    chips = [(one.name, one.name, number(one.n)) for one in names[:NAMES_SHOWN]]
    if asked.name and asked.name not in {one.name for one in names[:NAMES_SHOWN]}:
        chips.append((asked.name, asked.name, number(sum(one.n for one in names if one.name == asked.name))))
    return {"names": names, "name_chips": chips}


def _tag(found: Found, statuses: dict[UUID, Any]) -> str:
    """While all of this is the same, so is the list."""
    seen_by = (wants_part(), g.get("timezone"), g.get("locale"), here_and_now().date())
    shown = (*seen_by, request.query_string, found, sorted(statuses.items()))
    return sha256(repr(shown).encode()).hexdigest()[:20]


def _kept(answer: Response, tag: str) -> Response:
    """The browser asks with the tag each time, and is told when nothing has changed."""
    answer.set_etag(tag)
    answer.vary.add("HX-Request-Type")
    answer.cache_control.private = True
    answer.cache_control.no_cache = True
    return answer


def _search(text: str) -> Iterator[panels.Hit]:
    """Events by their id, and the names that were received."""
    if not may("events.read"):
        return
    event_id = parse_id(text)
    if event_id and (found := find_event(event_id)):
        yield panels.Hit(found.name, "Event", "zap", url_for("events.show_event", event_id=event_id))
    wanted = text.casefold()
    fitting = [one for one in received_names(NAMES_OFFERED) if wanted in one.name.casefold()]
    for one in fitting[:NAMES_FOUND]:
        hint = f"Event name, {number(one.n)} in thirty days"
        yield panels.Hit(one.name, hint, "zap", url_for("events.live", name=one.name))


panels.add_to(panels.search_sources, _search)
