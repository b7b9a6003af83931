"""What a team hears of: its members, its keys and apps, and staff in the house."""

from typing import Any

from app.accounts.models import Account
from app.core.db import session
from app.notifications.operations import forget_notifications_of, notify
from app.workspaces import signals
from app.workspaces.models import ApiKey, App, Membership, StaffVisit, TeamInvite, Workspace
from app.workspaces.queries.team import team_of


def _path(workspace_id: Any, page: str) -> str:
    return f"/w/{session.get_one(Workspace, workspace_id).slug}/{page}"


def _name(membership: Membership) -> str:
    return session.get_one(Account, membership.account_id).name


@signals.invite_accepted.connect
def tell_of_new_member(invite: TeamInvite, member: Membership) -> None:
    told = {invite.invited_by, *team_of(invite.workspace_id, "owner")} & set(team_of(invite.workspace_id))
    notify(
        invite.workspace_id,
        told - {member.account_id},
        f"{_name(member)} joined the team",
        f"They accepted the invitation as {member.role}.",
        action_url=_path(invite.workspace_id, f"members/{member.id}"),
    )


@signals.role_changed.connect
def tell_of_new_role(member: Membership, before: str) -> None:
    notify(
        member.workspace_id,
        [member.account_id],
        f"Your role is {member.role} now",
        f"It was {before}.",
        action_url=_path(member.workspace_id, "members"),
    )


@signals.member_removed.connect
def tell_of_removal(member: Membership, account: Account) -> None:
    forget_notifications_of(member.account_id, member.workspace_id)
    notify(
        member.workspace_id,
        team_of(member.workspace_id, "admin"),
        f"{account.name} was removed from the team",
        f"They were {member.role}. What they made stays.",
        action_url=_path(member.workspace_id, "members"),
    )


@signals.member_left.connect
def tell_of_departure(member: Membership) -> None:
    forget_notifications_of(member.account_id, member.workspace_id)
    notify(
        member.workspace_id,
        team_of(member.workspace_id, "admin"),
        f"{_name(member)} left the team",
        f"They were {member.role}. What they made stays.",
        action_url=_path(member.workspace_id, "members"),
    )


@signals.ownership_handed_over.connect
def tell_of_new_owner(member: Membership, former: Membership) -> None:
    notify(
        member.workspace_id,
        team_of(member.workspace_id, "admin"),
        f"{_name(member)} owns this workspace now",
        f"{_name(former)} handed it over and stays as admin.",
        priority="high",
        action_url=_path(member.workspace_id, "members"),
    )


@signals.visit_began.connect
def tell_of_visit(visit: StaffVisit) -> None:
    notify(
        visit.workspace_id,
        team_of(visit.workspace_id, "owner"),
        "Staff of this installation are visiting",
        f"For at most an hour. Reason given: {visit.reason}",
        priority="high",
        action_url=_path(visit.workspace_id, "activity"),
    )


@signals.app_approved.connect
def tell_of_approval(app: App, **_: Any) -> None:
    notify(
        app.workspace_id,
        team_of(app.workspace_id, "member"),
        f"{app.name} was approved",
        "Staff of this installation looked at it; its review is over.",
        action_url=_path(app.workspace_id, f"apps/{app.id}"),
    )


@signals.app_suspended.connect
def tell_of_suspension(app: App, reason: str | None = None, **_: Any) -> None:
    notify(
        app.workspace_id,
        team_of(app.workspace_id, "member"),
        f"{app.name} was suspended",
        f"Its keys are refused. {f'Reason given: {reason}' if reason else ''}".strip(),
        priority="urgent",
        action_url=_path(app.workspace_id, f"apps/{app.id}"),
    )


@signals.app_reinstated.connect
def tell_of_reinstatement(app: App, **_: Any) -> None:
    notify(
        app.workspace_id,
        team_of(app.workspace_id, "member"),
        f"{app.name} is active again",
        "Its keys work as before.",
        action_url=_path(app.workspace_id, f"apps/{app.id}"),
    )


@signals.key_revoked.connect
def tell_of_revocation(key: ApiKey, **_: Any) -> None:
    notify(
        key.workspace_id,
        team_of(key.workspace_id, "admin"),
        f"The key {key.name} was revoked",
        "Calls with it are refused from now on.",
        priority="high",
        action_url=_path(key.workspace_id, "keys"),
    )
