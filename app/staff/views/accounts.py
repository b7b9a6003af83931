"""Accounts: who they are, and what staff can do for them and against them."""

from collections.abc import Iterator
from uuid import UUID

from flask import flash, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Select

from app.accounts import queries
from app.accounts.access import current_account, staff_only
from app.accounts.models import Account
from app.accounts.operations import staff as operations
from app.accounts.operations.sessions import end_sessions
from app.core import panels
from app.core.db import session
from app.core.forms import attempt
from app.core.htmx import redirect_to, render
from app.core.pages import as_csv, chosen, numbered, sought
from app.staff.forms.reasons import ReasonForm, dialogs
from app.staff.operations.accounts import remove_second_factor_of, send_password_reset
from app.staff.queries.accounts import SORTS, STATUSES, accounts, memberships
from app.staff.queries.audit import latest_around
from app.staff.views.blueprint import blueprint

panels.add_to(panels.staff_rail, panels.RailItem("Accounts", "users", "staff.list_accounts", 20))

COLUMNS = ("Name", "E-mail", "State", "Staff", "Workspaces", "Joined", "Last signed in", "Id")


@blueprint.get("/accounts")
@staff_only
def list_accounts() -> ResponseReturnValue:
    status, staff = chosen("status", STATUSES), chosen("staff", ("yes",)) is not None
    query = accounts(text=sought(), status=status, staff=staff)
    if request.args.get("format") == "csv":
        return as_csv("accounts", COLUMNS, _lines(query))
    return render(
        "staff/accounts/list.html", page=numbered(query, SORTS, default="-joined", tie=Account.id), statuses=STATUSES
    )


@blueprint.get("/accounts/<uuid:account_id>")
@staff_only
def show_account(account_id: UUID) -> ResponseReturnValue:
    return _page(queries.account(account_id))


@blueprint.post("/accounts/<uuid:account_id>/suspensions")
@staff_only
def suspend_account(account_id: UUID) -> ResponseReturnValue:
    account, form = queries.account(account_id), ReasonForm("suspension")
    if form.validate_on_submit():
        with attempt(form):
            operations.suspend_account(account, form.reason.data)
        if not form.errors:
            flash(f"{account.name} is suspended and signed out everywhere.")
            return _back(account)
    return _page(account, form)


@blueprint.post("/accounts/<uuid:account_id>/reactivations")
@staff_only
def reactivate_account(account_id: UUID) -> ResponseReturnValue:
    account = queries.account(account_id)
    operations.reactivate_account(account)
    flash(f"{account.name} may sign in again.")
    return _back(account)


@blueprint.post("/accounts/<uuid:account_id>/sign-outs")
@staff_only
def sign_out_everywhere(account_id: UUID) -> ResponseReturnValue:
    account = queries.account(account_id)
    count = end_sessions(account)
    flash(f"{account.name} was signed out of {count} {'browser' if count == 1 else 'browsers'}.")
    return _back(account)


@blueprint.post("/accounts/<uuid:account_id>/password-resets")
@staff_only
def reset_password(account_id: UUID) -> ResponseReturnValue:
    account = queries.account(account_id)
    send_password_reset(account)
    flash(f"A link to set a new password is on its way to {account.email}.")
    return _back(account)


@blueprint.post("/accounts/<uuid:account_id>/second-factor-removals")
@staff_only
def remove_second_factor(account_id: UUID) -> ResponseReturnValue:
    account, form = queries.account(account_id), ReasonForm("second-factor")
    if form.validate_on_submit():
        with attempt(form):
            remove_second_factor_of(account, form.reason.data)
        if not form.errors:
            flash(f"{account.name} signs in by password alone now, and was told so by mail.")
            return _back(account)
    return _page(account, form)


@blueprint.post("/accounts/<uuid:account_id>/staff-grants")
@staff_only
def grant_staff(account_id: UUID) -> ResponseReturnValue:
    account = queries.account(account_id)
    operations.make_staff(account)
    flash(f"{account.name} is staff now.")
    return _back(account)


@blueprint.post("/accounts/<uuid:account_id>/staff-withdrawals")
@staff_only
def withdraw_staff(account_id: UUID) -> ResponseReturnValue:
    account = queries.account(account_id)
    operations.revoke_staff(account)
    flash(f"{account.name} is no longer staff.")
    return _back(account)


def _page(account: Account, refused: ReasonForm | None = None) -> ResponseReturnValue:
    return render(
        "staff/accounts/account.html",
        status=422 if refused else 200,
        account=account,
        is_self=account.id == current_account().id,
        is_last_staff=account.is_staff and not queries.other_active_staff(account.id),
        memberships=memberships(account.id),
        sessions=queries.sessions_of(account.id),
        has_second_factor=queries.has_second_factor(account.id),
        entries=latest_around(account.id),
        dialogs=dialogs("suspension", "second-factor", refused=refused),
    )


def _back(account: Account) -> ResponseReturnValue:
    return redirect_to("staff.show_account", account_id=account.id)


def _lines(query: Select[Account, int]) -> Iterator[tuple[object, ...]]:
    rows = session.execute(query.order_by(Account.id), execution_options={"yield_per": 1000})
    for account, workspaces in rows:
        yield (
            account.name,
            account.email,
            account.status,
            account.is_staff,
            workspaces,
            account.created_at,
            account.last_login_at,
            account.id,
        )
