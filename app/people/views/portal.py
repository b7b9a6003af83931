"""People: the list, one page each, the file of everything known of one, and forgetting them."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.core import panels
from app.core.audit import record
from app.core.clock import now
from app.core.htmx import redirect_to, render
from app.core.ids import parse_id
from app.core.moments import when
from app.core.pages import as_csv, sought
from app.metrics.queries import total
from app.metrics.spans import EVER
from app.people.models import Person
from app.people.operations.erasure import erase_person
from app.people.operations.export import export_person
from app.people.queries.lists import Sought, anonymous_ids_of, everybody, newest_seen
from app.people.queries.people import names_of, person_by_id
from app.people.timeline import Place, stretch_of
from app.people.views.pages import page_of_people
from app.people.words import address_of, called, country_named, name_of, traits_of
from app.workspaces.access import may, member
from app.workspaces.models import App
from app.workspaces.platforms import PLATFORMS
from app.workspaces.queries.apps import all_apps, app_by_id

blueprint = Blueprint("people", __name__)
panels.add_to(panels.rail, panels.RailItem("People", "contact-round", "people.list_people", 14, "people.read"))

KINDS = {"known": True, "anonymous": False}
COLUMNS = (
    *("Person", "User id", "Anonymous ids", "Name", "E-mail", "App", "Country", "Platform"),
    *("First seen", "Last seen"),
)
HITS = 6
# Beyond it a time cannot be reckoned with.
LAST_YEAR = 9999


def _search(text: str) -> Iterator[panels.Hit]:
    if not may("people.read"):
        return
    found = newest_seen(Sought(text=text), HITS)
    apps = {app.id: app.name for app in all_apps()} if found else {}
    for person in found:
        hint = f"Person in {apps.get(person.app_id, 'an app')}"
        yield panels.Hit(called(person), hint, "contact-round", url_for("people.show_person", person_id=person.id))


panels.add_to(panels.search_sources, _search)


@blueprint.get("/w/<workspace>/people")
@member("people.read")
def list_people() -> ResponseReturnValue:
    apps, wanted = all_apps(), _wanted()
    page = page_of_people(wanted)
    is_counted = not wanted.text and wanted.is_known is None
    return render(
        "people/list.html",
        page=page,
        wanted=wanted,
        apps=apps,
        names={app.id: app.name for app in apps},
        anonymous_ids=anonymous_ids_of(person.id for person in page.items if not person.is_known),
        count=total("people", EVER, _of_app(wanted)).n if is_counted else None,
        called=called,
        name_of=name_of,
        address_of=address_of,
        platforms=PLATFORMS,
    )


@blueprint.get("/w/<workspace>/people/csv")
@member("people.export")
def download() -> ResponseReturnValue:
    record("people.exported", "person", "all")
    return as_csv("people", COLUMNS, _lines(_wanted(), {app.id: app.name for app in all_apps()}))


@blueprint.get("/w/<workspace>/people/<uuid:person_id>")
@member("people.read")
def show_person(person_id: UUID) -> ResponseReturnValue:
    person = person_by_id(person_id)
    if person.id != person_id:
        return redirect_to("people.show_person", person_id=person.id)
    app, place = app_by_id(person.app_id), _place()
    shown = _panels(person.id) if place is None else []
    return render(
        "people/show.html",
        person=person,
        called=called(person),
        app=app,
        names=names_of(person.id),
        traits=traits_of(person),
        facts=_facts(person, app),
        stretch=stretch_of(person.id, place or Place(now())),
        is_top=place is None,
        panels=[template for template, _ in shown],
        **{name: value for _, context in shown for name, value in context.items()},
    )


@blueprint.get("/w/<workspace>/people/<uuid:person_id>/export")
@member("people.export")
def export(person_id: UUID) -> ResponseReturnValue:
    parts = export_person(person_by_id(person_id))
    response = Response(stream_with_context(parts), mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="person-{person_id}.json"'
    return response


@blueprint.post("/w/<workspace>/people/<uuid:person_id>/erasures")
@member("people.erase")
def erase(person_id: UUID) -> ResponseReturnValue:
    person = erase_person(person_id)
    flash("The person is erased.")
    return redirect_to("people.show_person", person_id=person.id)


def _panels(person_id: UUID) -> list[tuple[str, dict[str, Any]]]:
    parts = sorted((panel for panel in panels.person_panels if may(panel.needs)), key=lambda panel: panel.order)
    return [(panel.template, panel.context(person_id)) for panel in parts]


def _facts(person: Person, app: App) -> list[tuple[str, object]]:
    platform = PLATFORMS.get(person.platform or "")
    return [
        ("App", Markup('<a href="{}">{}</a>').format(url_for("apps.show_app", app_id=app.id), app.name)),
        *([("Country", country_named(person.country))] if person.country else []),
        *([("Last on", platform.label if platform else person.platform)] if person.platform else []),
        ("First seen", when(person.first_seen_at)),
        ("Last seen", when(person.last_seen_at)),
        *([("Erased", when(person.erased_at))] if person.erased_at else []),
    ]


def _wanted() -> Sought:
    return Sought(
        text=sought(),
        app_id=parse_id(request.args.get("app", "")),
        is_known=KINDS.get(request.args.get("kind", "")),
    )


def _of_app(wanted: Sought) -> dict[str, str]:
    return {"app": str(wanted.app_id)} if wanted.app_id else {}


def _place() -> Place | None:
    """Where in the timeline the page begins, if not at its top."""
    try:
        found = datetime.fromisoformat(request.args.get("before", ""))
    except ValueError:
        return None
    told = request.args.get("told", 0, type=int)
    return Place(found, max(0, told)) if found.tzinfo and found.year < LAST_YEAR else None


def _lines(wanted: Sought, apps: dict[UUID, str]) -> Iterator[Sequence[Any]]:
    for people in everybody(wanted):
        anonymous_ids = anonymous_ids_of(person.id for person in people)
        for person in people:
            yield _line(person, apps.get(person.app_id), anonymous_ids.get(person.id, []))


def _line(person: Person, app: str | None, anonymous_ids: list[str]) -> Sequence[Any]:
    return (
        *(str(person.id), person.external_id, " ".join(anonymous_ids), name_of(person), address_of(person), app),
        *(person.country, person.platform, person.first_seen_at, person.last_seen_at),
    )
