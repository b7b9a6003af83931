"""Moving points by hand: granting, taking, and taking back."""

from uuid import UUID

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import Invalid, Missing
from app.core.forms import attempt
from app.core.htmx import redirect_to, render
from app.core.ids import parse_id
from app.ledger.queries import entry
from app.people.models import Person
from app.people.operations.identity import person_for_user
from app.people.queries.people import person_by_id, person_of_user
from app.people.words import called
from app.points.forms import GiveBackForm, GrantForm, MovingForm, TakeForm
from app.points.operations import give_back, grant_bonus, spend_points
from app.points.queries import balance_of
from app.points.views.blueprint import blueprint
from app.points.words import counted
from app.workspaces.access import member, this_workspace
from app.workspaces.queries.apps import all_apps, app_by_id


@blueprint.route("/w/<workspace>/points/bonuses/new", methods=["GET", "POST"])
@member("points.manage")
def grant() -> ResponseReturnValue:
    person = _named_person()
    form = GrantForm(
        apps=all_apps(), is_for_one=person is not None, timezone=this_workspace().timezone, data=_beginning()
    )
    if form.validate_on_submit():
        with attempt(form):
            whom = person or _receiver(form)
            given = grant_bonus(
                whom, form.amount.data, form.reason.data, cause=form.cause, expires_at=form.wanted_expiry
            )
        if not form.errors:
            flash(f"{called(whom)} has {counted(given.points_change)} more.")
            return redirect_to("points.show_transaction", transaction_id=given.id)
    return _form_page(form, person, is_grant=True)


@blueprint.route("/w/<workspace>/points/spends/new", methods=["GET", "POST"])
@member("points.manage")
def take() -> ResponseReturnValue:
    person = _named_person()
    form = TakeForm(apps=all_apps(), is_for_one=person is not None, data=_beginning())
    if form.validate_on_submit():
        with attempt(form):
            whom = person or _known(form)
            taken = spend_points(whom, form.amount.data, form.reason.data, cause=form.cause)
        if not form.errors:
            flash(f"{called(whom)} has {counted(form.amount.data)} less.")
            return redirect_to("points.show_transaction", transaction_id=taken[0].id)
    return _form_page(form, person, is_grant=False)


@blueprint.post("/w/<workspace>/points/transactions/<uuid:transaction_id>/reversals")
@member("points.manage")
def give_back_by_hand(transaction_id: UUID) -> ResponseReturnValue:
    form, wanted = GiveBackForm(), entry(transaction_id)
    with attempt(form):
        back = give_back(wanted.id, partial=form.is_partial)
    if form.errors:
        # Somebody was quicker, or the points were spent since the page was drawn: the page says what is so now.
        flash(" ".join(form.form_errors), "warn")
    else:
        points = counted(abs(back.points_change))
        flash(f"Given back: {points}." if back.points_change > 0 else f"Taken back: {points}.")
    return redirect_to("points.show_transaction", transaction_id=transaction_id)


def _form_page(form: MovingForm, person: Person | None, *, is_grant: bool) -> ResponseReturnValue:
    failed = bool(form.errors)
    if failed:
        form.renew()
    return render(
        "points/move.html",
        status=422 if failed else 200,
        form=form,
        apps=all_apps(),
        person=person,
        called=called(person) if person else None,
        app_name=app_by_id(person.app_id).name if person else None,
        balance=balance_of(person).balance if person else None,
        is_grant=is_grant,
        back=url_for("people.show_person", person_id=person.id) if person else url_for("points.overview"),
    )


def _named_person() -> Person | None:
    """Whose page one came from."""
    person_id = parse_id(request.args.get("person", ""))
    return person_by_id(person_id) if person_id else None


def _beginning() -> dict[str, str | None]:
    return {"app": request.args.get("app"), "user_id": request.args.get("user_id")}


def _known(form: MovingForm) -> Person:
    try:
        return person_of_user(form.wanted_app, form.user_id.data)
    except Missing:
        words = f"{app_by_id(form.wanted_app).name} never saw anybody with this user id. Look at how it is spelled."
        raise Invalid("person_unknown", words, field="user_id") from None


def _receiver(form: GrantForm) -> Person:
    """Who is granted points; somebody never seen only when that is meant."""
    if form.for_new_person.data:
        return person_for_user(form.wanted_app, form.user_id.data)
    try:
        return _known(form)
    except Invalid:
        form.offers_new_person = True
        raise
