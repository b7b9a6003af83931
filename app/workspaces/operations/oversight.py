"""What staff decide about a workspace from outside; its log keeps it, and its owners are told by mail."""

from uuid import UUID

from sqlalchemy import select

from app.core.audit import record
from app.core.db import session
from app.core.errors import Conflict, Invalid, Missing
from app.core.outbox import send_mail
from app.core.platform_settings import platform_settings
from app.core.settings import current_settings
from app.core.tenancy import SYSTEM_WORKSPACE, scope
from app.core.text import tidy
from app.workspaces.models import Workspace
from app.workspaces.queries.workspaces import owners_of

REASON_LENGTH = 500


def verify_workspace(workspace_id: UUID) -> Workspace:
    """Vouch for the developer behind a workspace."""
    return _set_verified(workspace_id, True, "workspace.verified", "is verified already")


def withdraw_verification(workspace_id: UUID) -> Workspace:
    """Take that word back."""
    return _set_verified(workspace_id, False, "workspace.verification_withdrawn", "is not verified")


def suspend_workspace(workspace_id: UUID, reason: str) -> Workspace:
    """Close a workspace and its keys until it is reinstated."""
    reason = tidy(reason)
    if not 1 <= len(reason) <= REASON_LENGTH:
        raise Invalid("reason_length", f"Say why, in at most {REASON_LENGTH} characters.", field="reason")
    workspace = _held(workspace_id)
    if workspace.status == "suspended":
        raise Conflict("already_suspended", f"{workspace.name} is suspended already.")
    workspace.status = "suspended"
    _tell(workspace, "workspace.suspended", "workspaces/suspended", reason=reason)
    return workspace


def reinstate_workspace(workspace_id: UUID) -> Workspace:
    """Open a suspended workspace again."""
    workspace = _held(workspace_id)
    if workspace.status != "suspended":
        raise Conflict("not_suspended", f"{workspace.name} is not suspended.")
    workspace.status = "active"
    _tell(workspace, "workspace.reinstated", "workspaces/reinstated")
    return workspace


def call_off_deletion(workspace_id: UUID) -> Workspace:
    """Bring a deleted workspace back for its owners, as long as it has not been erased."""
    workspace = _held(workspace_id)
    if workspace.deleted_at is None:
        raise Conflict("not_deleted", f"{workspace.name} is not going to be deleted.")
    workspace.deleted_at = None
    _tell(workspace, "workspace.restored", "workspaces/restored")
    return workspace


def _set_verified(workspace_id: UUID, verified: bool, action: str, already: str) -> Workspace:
    workspace = _held(workspace_id)
    if workspace.verified == verified:
        raise Conflict("nothing_to_change", f"{workspace.name} {already}.")
    workspace.verified = verified
    with scope(workspace.id):
        record(action, "workspace", workspace.id, name=workspace.name)
    return workspace


def _held(workspace_id: UUID) -> Workspace:
    # The row lock ends the race of two members of staff who decide at once: the second is told what the first did.
    workspace = session.scalar(
        select(Workspace)
        .where(Workspace.id == workspace_id, Workspace.id != SYSTEM_WORKSPACE)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if workspace is None:
        raise Missing
    return workspace


def _tell(workspace: Workspace, action: str, template: str, **details: str) -> None:
    with scope(workspace.id):
        record(action, "workspace", workspace.id, name=workspace.name, **details)
        url = f"{current_settings().base_url}/w/{workspace.slug}/"
        for owner in owners_of(workspace.id):
            send_mail(
                owner.email,
                template,
                name=owner.name,
                workspace=workspace.name,
                url=url,
                contact=platform_settings().contact_email,
                **details,
            )
