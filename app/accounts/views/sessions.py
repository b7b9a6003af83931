"""Where the account is signed in."""

from uuid import UUID

from flask import flash
from flask.typing import ResponseReturnValue

from app.accounts.access import current_account, signed_in
from app.accounts.blueprint import blueprint
from app.accounts.login import forget, this_session
from app.accounts.operations.sessions import end_session, end_sessions
from app.accounts.queries import sessions_of
from app.core.htmx import redirect_to, render


@blueprint.get("/account/sessions")
@signed_in
def sessions() -> ResponseReturnValue:
    return render("accounts/sessions.html", sessions=sessions_of(current_account().id), this_session=this_session())


@blueprint.post("/account/sessions/<uuid:session_id>/revocations")
@signed_in
def end_one(session_id: UUID) -> ResponseReturnValue:
    ended = end_session(current_account(), session_id)
    if ended.id == this_session().id:
        forget()
        flash("You are signed out.")
        return redirect_to("accounts.sign_in")
    flash(f"{ended.device} is signed out.")
    return redirect_to("accounts.sessions")


@blueprint.post("/account/sessions/revocations")
@signed_in
def end_others() -> ResponseReturnValue:
    count = end_sessions(current_account(), but=this_session().id)
    flash("All other sessions have ended." if count else "There was no other session.")
    return redirect_to("accounts.sessions")
