"""Invitations by e-mail: sent, sent again, withdrawn, accepted by whom they were meant for."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from app.accounts.addresses import address_key, valid_address
from app.accounts.models import Account
from app.core.audit import record
from app.core.clock import now
from app.core.crypto import digest, token
from app.core.db import session
from app.core.errors import Conflict, Denied, Missing, TooMany
from app.core.limits import hit
from app.core.outbox import send_mail
from app.core.settings import current_settings
from app.core.tenancy import scope
from app.workspaces import signals
from app.workspaces.models import Membership, TeamInvite, Workspace
from app.workspaces.operations.team import hold_team, refuse_to_give
from app.workspaces.queries.team import invite_by_id, invite_by_token, membership_of, open_invite

VALID = timedelta(days=7)


def invite(workspace_id: UUID, inviter: Account, email: str, role: str) -> TeamInvite:
    """Ask somebody to join the team, in a role up to one's own."""
    held = hold_team(workspace_id)
    refuse_to_give(held, role)
    email = valid_address(email)
    key = address_key(email)
    _refuse_a_member(workspace_id, key)
    _hold_back("invites", workspace_id, "100/day")
    secret = token()
    made = TeamInvite(
        workspace_id=workspace_id,
        email=email,
        email_key=key,
        role=role,
        token_hash=digest(secret),
        invited_by=inviter.id,
        expires_at=now() + VALID,
    )
    session.add(made)
    session.flush()
    record("invite.sent", "invite", made.id, role=role)
    _deliver(made, held.workspace, inviter, secret)
    return made


def send_again(workspace_id: UUID, inviter: Account, invite_id: UUID) -> TeamInvite:
    """Send an open invitation once more, with a new link and a new week; the old link stops working."""
    held = hold_team(workspace_id)
    found = _open(workspace_id, invite_id)
    refuse_to_give(held, found.role)
    _hold_back("invite_again", found.id, "5/hour")
    secret = token()
    found.token_hash, found.expires_at = digest(secret), now() + VALID
    session.flush()
    record("invite.sent_again", "invite", found.id)
    _deliver(found, held.workspace, inviter, secret)
    return found


def withdraw(workspace_id: UUID, invite_id: UUID) -> TeamInvite:
    """Take an invitation back; its link stops working at once."""
    hold_team(workspace_id)
    found = _open(workspace_id, invite_id)
    found.withdrawn_at = now()
    session.flush()
    record("invite.withdrawn", "invite", found.id)
    return found


def accept_link(secret: str, account: Account) -> Workspace:
    """Join the team whose link one followed."""
    return _accept(invite_by_token(secret, lock=True), account)


def accept_listed(invite_id: UUID, account: Account) -> Workspace:
    """Join a team from the list of what one's address is invited to."""
    return _accept(invite_by_id(invite_id, lock=True), account)


def _accept(found: TeamInvite | None, account: Account) -> Workspace:
    """Only the invited address may; the row lock ends the race of two acceptances."""
    if found is None:
        raise Missing
    if found.email_key != account.email_key:
        raise Denied("invite_for_another", "This invitation is for another address. Sign in with that one.")
    if found.has_expired(now()):
        raise Conflict("invite_expired", "This invitation has expired. Ask for a new one.")
    workspace = session.get_one(Workspace, found.workspace_id)
    found.accepted_at = now()
    with scope(workspace.id):
        membership = membership_of(workspace.id, account.id)
        if membership is None:
            membership = Membership(account_id=account.id, workspace_id=workspace.id, role=found.role)
            session.add(membership)
        session.flush()
        record("invite.accepted", "invite", found.id, role=found.role)
        signals.invite_accepted.send(found, member=membership)
    return workspace


def _open(workspace_id: UUID, invite_id: UUID) -> TeamInvite:
    found = open_invite(workspace_id, invite_id)
    if found is None:
        raise Missing
    return found


def _refuse_a_member(workspace_id: UUID, key: str) -> None:
    belongs = (
        select(Membership.id)
        .join(Account, Account.id == Membership.account_id)
        .where(Membership.workspace_id == workspace_id, Account.email_key == key)
    )
    if session.scalar(belongs) is not None:
        raise Conflict("already_member", "This person already belongs to the workspace.", field="email")


def _hold_back(name: str, key: UUID, rate: str) -> None:
    if (seconds := hit(name, str(key), rate)) is not None:
        raise TooMany("That was a lot of invitations. Wait a while, then go on.", retry_after=seconds)


def _deliver(found: TeamInvite, workspace: Workspace, inviter: Account, secret: str) -> None:
    send_mail(
        found.email,
        "workspaces/invite",
        inviter=inviter.name,
        workspace=workspace.name,
        role=found.role,
        url=f"{current_settings().base_url}/invites/{secret}",
        days=VALID.days,
    )
