"""What becomes of workspaces when an account goes, and who may sign up because a team waits for them."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from app.accounts import signals as accounts
from app.accounts.models import Account
from app.accounts.signals import Consequence
from app.core.actor import Actor, acting_as
from app.core.db import session
from app.core.errors import Conflict
from app.core.tenancy import scope
from app.workspaces.models import StaffVisit
from app.workspaces.operations.team import leave_workspace
from app.workspaces.operations.visits import end_visit
from app.workspaces.operations.workspaces import close_workspace
from app.workspaces.queries.team import invites_for, memberships_with_company


@accounts.deletion_considered.connect
def say_what_becomes_of_workspaces(account: Account, **_: Any) -> list[Consequence]:
    return list(_consequences(account))


def _consequences(account: Account) -> Iterator[Consequence]:
    for workspace, membership, others, other_owners in memberships_with_company(account.id):
        if not others:
            yield Consequence(f"{workspace.name} is deleted with you: nobody else belongs to it.")
        elif membership.role == "owner" and not other_owners:
            words = f"{workspace.name} has other members, and no owner but you. Hand it over, or delete it, first."
            yield Consequence(words, blocks=True, href=f"/w/{workspace.slug}/members")
        else:
            yield Consequence(f"You leave {workspace.name}.")


@accounts.account_deleted.connect
def leave_workspaces(account: Account, **_: Any) -> None:
    """Leave every team; a workspace that nobody else belongs to is deleted, and cannot be restored."""
    with acting_as(Actor("account", account.id)):
        for workspace, membership, others, other_owners in memberships_with_company(account.id):
            if others and membership.role == "owner" and not other_owners:
                raise Conflict("last_owner", f"{workspace.name} needs another owner first.")
            with scope(workspace.id):
                if not others:
                    close_workspace(workspace.id)
                    session.delete(membership)
                    session.flush()
                else:
                    leave_workspace(workspace.id)
    for visit in session.scalars(
        select(StaffVisit).where(StaffVisit.account_id == account.id, StaffVisit.ended_at.is_(None))
    ).all():
        end_visit(visit)


@accounts.invitation_sought.connect
def is_invited(email_key: str, **_: Any) -> bool:
    return bool(invites_for(email_key))
