"""What a team hears of: its members, its keys and apps, and staff in the house."""

from collections.abc import Sequence
from typing import Any

from app.accounts.models import Account
from app.core.db import session
from app.core.tenancy import required_workspace
from app.events import signals as events
from app.ledger import signals as ledger
from app.ledger.entries import Difference
from app.notifications.operations import forget_notifications_of, is_first_to_tell, notify
from app.webhooks import signals as webhooks
from app.webhooks.models import WebhookEndpoint
from app.workspaces import signals
from app.workspaces.models import ApiKey, App, Membership, StaffVisit, TeamInvite, Workspace
from app.workspaces.queries.team import team_of

FAILING = "Events fail to be worked off"


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


@webhooks.endpoint_disabled.connect
def tell_of_disabled_endpoint(endpoint: WebhookEndpoint, **_: Any) -> None:
    """Everybody hears of it; those who can mend it are mailed as well."""
    gone = endpoint.disabled_because == "gone"
    why = "It answered 410, which means that it is gone." if gone else "Nothing had reached it for five days."
    message = f"{why} What happens from now on is not told there, until somebody enables it again."
    title, path = f"The webhook to {endpoint.title} was disabled", f"webhooks/{endpoint.id}"
    team, menders = team_of(endpoint.workspace_id), team_of(endpoint.workspace_id, "admin")
    url = _path(endpoint.workspace_id, path)
    notify(endpoint.workspace_id, menders, title, message, priority="urgent", action_url=url)
    notify(endpoint.workspace_id, set(team) - set(menders), title, message, priority="high", action_url=url)


@events.event_set_aside.connect
def tell_of_failing_events(_sender: object, subscriber: str, **_: Any) -> None:
    """Once a day, however many fail: the shelf shows them all."""
    if not is_first_to_tell(FAILING):
        return
    workspace_id = required_workspace()
    notify(
        workspace_id,
        team_of(workspace_id, "member"),
        FAILING,
        f"The part {subscriber} could not work off an event, which was set aside. No other is held up.",
        priority="high",
        action_url=_path(workspace_id, "events/failures"),
    )


@ledger.books_differ.connect
def tell_of_differing_books(_sender: None, differences: Sequence[Difference]) -> None:
    workspace_id = required_workspace()
    notify(
        workspace_id,
        team_of(workspace_id, "admin"),
        "The books do not add up",
        f"{len(differences)} of their figures do not follow from the transactions. "
        "Tell whoever runs this installation: flask ledger verify names each of them.",
        priority="urgent",
    )
