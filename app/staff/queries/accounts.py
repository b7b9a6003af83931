"""Accounts as staff see them."""

from uuid import UUID

from sqlalchemy import Select, func, select

from app.accounts.addresses import address_key
from app.accounts.models import Account
from app.core.db import session
from app.core.search import begins_with
from app.workspaces.models import Membership, Workspace

STATUSES = ("active", "pending_verification", "suspended", "inactive")
SORTS = {"email": Account.email_key, "name": Account.name, "joined": Account.id, "signed_in": Account.last_login_at}


def accounts(*, text: str = "", status: str | None = None, staff: bool = False) -> Select[Account, int]:
    """Accounts, each with the number of its workspaces."""
    workspaces = select(func.count()).where(Membership.account_id == Account.id).correlate(Account)
    query = select(Account, workspaces.scalar_subquery().label("workspaces")).where(Account.deleted_at.is_(None))
    if text:
        query = query.where(begins_with(Account.email_key, address_key(text)))
    if status:
        query = query.where(Account.status == status)
    return query.where(Account.is_staff) if staff else query


def memberships(account_id: UUID) -> list[tuple[Workspace, str]]:
    """The workspaces of an account, with its role in each."""
    found = session.execute(
        select(Workspace, Membership.role)
        .join(Membership, Membership.workspace_id == Workspace.id)
        .where(Membership.account_id == account_id)
        .order_by(Workspace.name, Workspace.id)
    )
    return [(workspace, role) for workspace, role in found]
