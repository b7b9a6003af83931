"""The audit log of all workspaces and of the platform."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, Select, and_, select

from app.accounts.models import Account
from app.core.db import session
from app.core.ids import first_id_at
from app.core.search import begins_with
from app.core.tables import AuditEntry
from app.workspaces.models import ApiKey, Workspace

ACTOR_KINDS = ("account", "staff", "key", "system")
FEW = 10

Entries = Select[AuditEntry, Workspace, Account | None, ApiKey | None]
Found = Row[AuditEntry, Workspace, Account | None, ApiKey | None]


@dataclass(frozen=True)
class Sought:
    """What to narrow the log to."""

    actor_kind: str | None = None
    actor_id: UUID | None = None
    action: str = ""
    workspace_id: UUID | None = None
    subject_id: str = ""
    since: datetime | None = None
    until: datetime | None = None


def entries(sought: Sought) -> Entries:
    """Entries, each with its workspace and with the account or key that acted."""
    query: Entries = (
        select(AuditEntry, Workspace, Account, ApiKey)
        .join(Workspace, Workspace.id == AuditEntry.workspace_id)
        .outerjoin(Account, Account.id == AuditEntry.actor_id)
        .outerjoin(ApiKey, and_(ApiKey.workspace_id == AuditEntry.workspace_id, ApiKey.id == AuditEntry.actor_id))
    )
    if sought.actor_kind:
        query = query.where(AuditEntry.actor_kind == sought.actor_kind)
    if sought.actor_id:
        query = query.where(AuditEntry.actor_id == sought.actor_id)
    if "." in sought.action:
        query = query.where(AuditEntry.action == sought.action)
    elif sought.action:
        # “key” means everything that is done to keys.
        query = query.where(begins_with(AuditEntry.action, f"{sought.action}."))
    if sought.workspace_id:
        query = query.where(AuditEntry.workspace_id == sought.workspace_id)
    if sought.subject_id:
        query = query.where(AuditEntry.subject_id == sought.subject_id)
    # By id rather than by time, so that months nobody asks for are not read.
    if sought.since:
        query = query.where(AuditEntry.id >= first_id_at(sought.since))
    return query.where(AuditEntry.id < first_id_at(sought.until)) if sought.until else query


def latest_in(workspace_id: UUID) -> list[Found]:
    """What happened last in a workspace."""
    return _latest(Sought(workspace_id=workspace_id))


def latest_about(subject_id: UUID) -> list[Found]:
    """What was done last to one thing."""
    return _latest(Sought(subject_id=str(subject_id)))


def latest_around(account_id: UUID) -> list[Found]:
    """What was done last by an account and to it."""
    # Two questions, each answered by its index; one with OR would read everything that a busy account ever did.
    found = [*_latest(Sought(actor_id=account_id)), *_latest(Sought(subject_id=str(account_id)))]
    each_once = {row[0].id: row for row in found}
    return [each_once[entry_id] for entry_id in sorted(each_once, reverse=True)][:FEW]


def _latest(sought: Sought) -> list[Found]:
    return list(session.execute(entries(sought).order_by(AuditEntry.id.desc()).limit(FEW)))
