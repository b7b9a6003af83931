"""The audit log: what was done, by whom, to what."""

from typing import Any
from uuid import UUID

from flask import has_request_context, request

from app.core.actor import current_actor
from app.core.crypto import keyed_hash
from app.core.db import session
from app.core.tables import AuditEntry
from app.core.tenancy import SYSTEM_WORKSPACE, current_workspace, scope


def record(action: str, subject_kind: str, subject_id: UUID | str, **details: Any) -> None:
    """Write one entry into the current workspace's log, or into the platform's where there is none."""
    actor = current_actor()
    entry = AuditEntry(
        workspace_id=current_workspace() or SYSTEM_WORKSPACE,
        actor_kind=actor.kind,
        actor_id=actor.id,
        action=action,
        subject_kind=subject_kind,
        subject_id=str(subject_id),
        ip_hash=_ip_hash(),
        details=details,
    )
    with scope(entry.workspace_id):
        session.add(entry)


def _ip_hash() -> bytes | None:
    if not has_request_context() or request.remote_addr is None:
        return None
    return keyed_hash(request.remote_addr, "ip")
