"""Endpoints: the list, one page each, making, changing, their secrets, switching off and on, deleting."""

from uuid import UUID

from flask import flash, make_response, request, url_for
from flask.typing import ResponseReturnValue

from app.core.clock import now
from app.core.db import session
from app.core.errors import Invalid
from app.core.forms import attempt
from app.core.htmx import redirect_to, render
from app.core.ids import new_id, parse_id
from app.core.pages import as_csv, chosen, newest_first, numbered, sought
from app.webhooks.forms import OVERLAPS, EndpointForm, NewEndpointForm, SecretRotationForm
from app.webhooks.models import WebhookAttempt, WebhookEndpoint
from app.webhooks.operations.endpoints import (
    change_endpoint,
    delete_endpoint,
    disable_endpoint,
    enable_endpoint,
    make_endpoint,
    reveal_secret,
    rotate_secret,
)
from app.webhooks.queries.attempts import Rate, attempts, backlog, briefly, rates
from app.webhooks.queries.endpoints import STATES, endpoint_by_id, endpoints, find_endpoint, history_of_endpoint
from app.webhooks.queries.sent_tests import test_of
from app.webhooks.receiving import example, laid_open, verification
from app.webhooks.types import TYPES
from app.webhooks.views.blueprint import blueprint
from app.workspaces.access import member
from app.workspaces.queries.activity import in_words
from app.workspaces.views.activity import as_timeline

SORTS = {"name": WebhookEndpoint.description, "made": WebhookEndpoint.id}
COLUMNS = ("Id", "URL", "Name", "Types", "State", "Attempts in the last day", "Succeeded", "Made")


@blueprint.get("/w/<workspace>/webhooks")
@member("webhooks.read")
def list_endpoints() -> ResponseReturnValue:
    query = endpoints(sought(), chosen("state", STATES))
    if request.args.get("format") == "csv":
        return _csv(list(session.scalars(query.order_by(WebhookEndpoint.id.desc()))))
    page = numbered(query, SORTS, default="-made", tie=WebhookEndpoint.id)
    return render("webhooks/list.html", page=page, rates=rates([one.id for one in page.items]), states=STATES)


@blueprint.get("/w/<workspace>/webhooks/receiving")
@member("webhooks.read")
def receiving() -> ResponseReturnValue:
    """How to take and verify messages."""
    return render("webhooks/receiving.html", verification=verification(), types=TYPES, example=example)


@blueprint.route("/w/<workspace>/webhooks/new", methods=["GET", "POST"])
@member("webhooks.manage")
def new_endpoint() -> ResponseReturnValue:
    form = NewEndpointForm(data={"types": list(TYPES)})
    if form.validate_on_submit():
        if find_endpoint(form.wanted_id):
            flash("This endpoint was made already.", "warn")
            return redirect_to("webhooks.show_endpoint", endpoint_id=form.wanted_id)
        with attempt(form):
            made = make_endpoint(
                url=form.url.data, types=form.types.data, description=form.description.data, id=form.wanted_id
            )
        if not form.errors:
            return _with_secret(made, "made", 201)
    return render(
        "webhooks/new.html", status=422 if form.errors else 200, form=form, types=TYPES, says=_says(), example=example
    )


@blueprint.get("/w/<workspace>/webhooks/<uuid:endpoint_id>")
@member("webhooks.read")
def show_endpoint(endpoint_id: UUID) -> ResponseReturnValue:
    endpoint, at = endpoint_by_id(endpoint_id), now()
    kind, message_id = chosen("type", TYPES), parse_id(sought())
    query = attempts(endpoint_id, failed=request.args.get("result") == "failed", type=kind, message_id=message_id)
    return render(
        "webhooks/show.html",
        endpoint=endpoint,
        is_rotating=endpoint.is_rotating_at(at),
        page=newest_first(briefly(query), WebhookAttempt.id, size=20),
        backlog=backlog(endpoint_id),
        rate=rates([endpoint_id]).get(endpoint_id, Rate()),
        lately=as_timeline(in_words(history_of_endpoint(endpoint_id))),
        rotation=SecretRotationForm(formdata=None),
        reasons={hours: reason for hours, (_, reason) in OVERLAPS.items()},
        types=TYPES,
        test=test_of(endpoint_id, parse_id(request.args.get("test", ""))),
        laid_open=laid_open,
        next_test=new_id(),
    )


@blueprint.route("/w/<workspace>/webhooks/<uuid:endpoint_id>/settings", methods=["GET", "POST"])
@member("webhooks.manage")
def edit_endpoint(endpoint_id: UUID) -> ResponseReturnValue:
    endpoint = endpoint_by_id(endpoint_id)
    form = EndpointForm(obj=endpoint)
    if form.validate_on_submit():
        with attempt(form):
            change_endpoint(endpoint_id, url=form.url.data, types=form.types.data, description=form.description.data)
        if not form.errors:
            flash("Saved.")
            return redirect_to("webhooks.show_endpoint", endpoint_id=endpoint_id)
    return render("webhooks/edit.html", status=422 if form.errors else 200, form=form, endpoint=endpoint, says=_says())


@blueprint.post("/w/<workspace>/webhooks/<uuid:endpoint_id>/secret-readings")
@member("webhooks.manage")
def read_secret(endpoint_id: UUID) -> ResponseReturnValue:
    return _with_secret(reveal_secret(endpoint_id), "shown", 200)


@blueprint.post("/w/<workspace>/webhooks/<uuid:endpoint_id>/secret-rotations")
@member("webhooks.manage")
def rotate(endpoint_id: UUID) -> ResponseReturnValue:
    endpoint_by_id(endpoint_id)
    form = SecretRotationForm()
    if not form.validate_on_submit():
        raise Invalid("overlap_unknown", "Choose when the old secret stops signing.", field="overlap")
    return _with_secret(rotate_secret(endpoint_id, form.wanted_overlap), "rotated", 201)


@blueprint.post("/w/<workspace>/webhooks/<uuid:endpoint_id>/activations")
@member("webhooks.manage")
def enable(endpoint_id: UUID) -> ResponseReturnValue:
    flash(f"{enable_endpoint(endpoint_id).title} is told again what happens.")
    return redirect_to("webhooks.show_endpoint", endpoint_id=endpoint_id)


@blueprint.post("/w/<workspace>/webhooks/<uuid:endpoint_id>/deactivations")
@member("webhooks.manage")
def disable(endpoint_id: UUID) -> ResponseReturnValue:
    flash(f"{disable_endpoint(endpoint_id).title} is disabled.")
    return redirect_to("webhooks.show_endpoint", endpoint_id=endpoint_id)


@blueprint.post("/w/<workspace>/webhooks/<uuid:endpoint_id>/deletions")
@member("webhooks.manage")
def remove(endpoint_id: UUID) -> ResponseReturnValue:
    flash(f"{delete_endpoint(endpoint_id).title} is deleted.")
    return redirect_to("webhooks.list_endpoints")


def _with_secret(endpoint: WebhookEndpoint, why: str, status: int) -> ResponseReturnValue:
    """The page with the secret. Its address is the endpoint's page, which shows none when it is loaded again."""
    address = url_for("webhooks.show_endpoint", endpoint_id=endpoint.id)
    page = render(
        "webhooks/secret.html",
        endpoint=endpoint,
        why=why,
        verification=verification(endpoint.secret),
        address=address,
        next_test=new_id(),
    )
    response = make_response(page, status)
    response.headers["HX-Push-Url"] = address
    return response


def _says() -> dict[str, str]:
    return {name: type.says for name, type in TYPES.items()}


def _csv(found: list[WebhookEndpoint]) -> ResponseReturnValue:
    counted = rates([one.id for one in found])
    return as_csv("webhooks", COLUMNS, [_line(one, counted.get(one.id, Rate())) for one in found])


def _line(one: WebhookEndpoint, rate: Rate) -> tuple[object, ...]:
    types = " ".join(one.types)
    return one.id, one.url, one.description, types, one.state, rate.attempts, rate.succeeded, one.created_at
