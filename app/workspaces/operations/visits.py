"""Staff inside somebody's workspace: for a reason, for an hour at most, in front of everybody."""

from datetime import timedelta

from sqlalchemy import select, update

from app.accounts.models import Account
from app.core.actor import Actor, acting_as
from app.core.audit import record
from app.core.clock import now
from app.core.db import session
from app.core.errors import Conflict, Denied
from app.core.tenancy import SYSTEM_WORKSPACE, scope
from app.workspaces import signals
from app.workspaces.models import StaffVisit, Workspace
from app.workspaces.queries.team import membership_of

LASTS = timedelta(minutes=60)


def begin_visit(account: Account, workspace: Workspace, reason: str) -> StaffVisit:
    """Enter a workspace as staff; its log and its owners learn of it at once."""
    if not account.is_staff:
        raise Denied("staff_only", "Only staff can visit a workspace.")
    if workspace.id == SYSTEM_WORKSPACE or workspace.deleted_at is not None:
        raise Conflict("not_visitable", "This workspace cannot be visited.")
    if membership_of(workspace.id, account.id):
        raise Conflict("member_already", "You belong to this workspace. Open it as yourself.")
    end_overdue_visits()
    visit = StaffVisit(account_id=account.id, workspace_id=workspace.id, reason=reason, expires_at=now() + LASTS)
    session.add(visit)
    session.flush()
    with scope(workspace.id), acting_as(Actor("staff", account.id)):
        record("visit.began", "visit", visit.id, reason=reason)
        signals.visit_began.send(visit)
    return visit


def end_visit(visit: StaffVisit) -> None:
    """Leave; ending twice is ending once."""
    # The conditional UPDATE ends the race with the clock: one of the two writes the entry.
    ended = session.scalar(
        update(StaffVisit)
        .where(StaffVisit.id == visit.id, StaffVisit.ended_at.is_(None))
        .values(ended_at=min(now(), visit.expires_at))
        .returning(StaffVisit.id)
    )
    if ended is None:
        return
    with scope(visit.workspace_id), acting_as(Actor("staff", visit.account_id)):
        record("visit.ended", "visit", visit.id)


def end_overdue_visits() -> None:
    """Write the end of visits whose hour is over; they let nobody in any more."""
    overdue = select(StaffVisit).where(StaffVisit.ended_at.is_(None), StaffVisit.expires_at <= now())
    for visit in session.scalars(overdue).all():
        end_visit(visit)
