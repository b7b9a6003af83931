"""Who belongs to a workspace, and as what: changes to one team happen one after another, under its workspace's lock."""

from dataclasses import dataclass
from uuid import UUID

from app.accounts.models import Account
from app.core.actor import current_actor
from app.core.audit import record
from app.core.db import session
from app.core.errors import Conflict, Denied, Missing
from app.core.outbox import send_mail
from app.core.settings import current_settings
from app.workspaces import signals
from app.workspaces.models import Membership, Workspace
from app.workspaces.queries.team import member_by_id, membership_of
from app.workspaces.queries.workspaces import locked_workspace
from app.workspaces.roles import VISITOR_ROLE, givable_by, reaches


@dataclass(frozen=True)
class Held:
    """A team that nobody else changes meanwhile, and what the actor is in it."""

    workspace: Workspace
    role: str
    own: Membership | None = None


def hold_team(workspace_id: UUID) -> Held:
    """Lock the team, and look afresh: this ends the race with the actor's own demotion or removal."""
    workspace = locked_workspace(workspace_id)
    if workspace is None:
        raise Missing
    actor = current_actor()
    if actor.kind == "staff":
        return Held(workspace, VISITOR_ROLE)
    if actor.kind == "system" or actor.id is None:
        return Held(workspace, "owner")
    own = membership_of(workspace_id, actor.id)
    if own is None:
        raise Missing
    return Held(workspace, own.role, own)


def refuse_to_give(held: Held, role: str) -> None:
    """Nobody lifts others, or themselves, above their own role."""
    if role not in givable_by(held.role):
        raise Denied("role_above_yours", f"As {held.role} you cannot give the role {role}.", field="role")


def change_role(workspace_id: UUID, membership_id: UUID, role: str) -> Membership:
    """Give a member another role, up to one's own."""
    held = hold_team(workspace_id)
    membership, account = _member(held, membership_id)
    before = membership.role
    if role == before:
        return membership
    refuse_to_give(held, role)
    membership.role = role
    session.flush()
    record("member.role_changed", "account", account.id, changes={"role": [before, role]})
    signals.role_changed.send(membership, before=before)
    return membership


def remove_member(workspace_id: UUID, membership_id: UUID) -> Account:
    """Take a member out of the team; what they made stays."""
    held = hold_team(workspace_id)
    membership, account = _member(held, membership_id)
    _end(membership)
    record("member.removed", "account", account.id, role=membership.role)
    signals.member_removed.send(membership, account=account)
    send_mail(account.email, "workspaces/removed", name=account.name, workspace=held.workspace.name)
    return account


def leave_workspace(workspace_id: UUID) -> None:
    """Go by one's own will."""
    own = hold_team(workspace_id).own
    if own is None:
        raise Missing
    _end(own)
    record("member.left", "account", own.account_id, role=own.role)
    signals.member_left.send(own)


def hand_over(workspace_id: UUID, membership_id: UUID) -> Membership:
    """Make another member the owner in one's own place."""
    held = hold_team(workspace_id)
    if held.own is None or held.role != "owner":
        raise Denied("owner_only", "Only an owner can hand a workspace over.")
    membership, account = _member(held, membership_id)
    if membership.id == held.own.id:
        raise Conflict("already_owner", "You own this workspace already. Choose somebody else.")
    # First the new owner, then the old one's step down: the workspace is never without.
    membership.role = "owner"
    session.flush()
    held.own.role = "admin"
    session.flush()
    record("ownership.handed_over", "account", account.id)
    signals.ownership_handed_over.send(membership, former=held.own)
    url = f"{current_settings().base_url}/w/{held.workspace.slug}/members"
    send_mail(account.email, "workspaces/handed_over", name=account.name, workspace=held.workspace.name, url=url)
    return membership


def _member(held: Held, membership_id: UUID) -> tuple[Membership, Account]:
    """Somebody of the team whom the actor may change."""
    found = member_by_id(held.workspace.id, membership_id)
    if found is None:
        raise Missing
    membership, account = found
    if not reaches(held.role, membership.role):
        raise Denied("member_above_you", f"As {held.role} you cannot change an {membership.role}.", field="role")
    return membership, account


def _end(membership: Membership) -> None:
    session.delete(membership)
    session.flush()
