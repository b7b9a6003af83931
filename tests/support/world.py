"""Two workspaces, ours and theirs, each with one of everything that an address can name."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from app.accounts.models import Account
from app.core.clock import now
from app.core.crypto import digest
from app.core.db import session
from app.core.ids import new_id
from app.core.tenancy import scope, unit_of_work
from app.notifications.models import Notification
from app.workspaces.models import App, Membership, TeamInvite
from app.workspaces.operations.keys import make_secret_key
from app.workspaces.scopes import SCOPES
from tests.factories.events import a_failure
from tests.factories.people import a_person
from tests.factories.points import a_transaction
from tests.factories.webhooks import a_told_endpoint
from tests.factories.workspaces import Team, a_team, an_account, an_app


@dataclass(frozen=True)
class World:
    """A team and an example of each thing of its workspace, by the name that addresses have for it."""

    team: Team
    secret_key: str
    ids: dict[str, object] = field(default_factory=dict)

    @property
    def values(self) -> dict[str, object]:
        return {"workspace": self.team.slug, **self.ids}


def a_world() -> World:
    team = a_team()
    app_id, spare, notice, invite = an_app(team.workspace_id), an_account("Spare"), new_id(), new_id()
    user_id = f"user-{app_id}"
    person_id = a_person(team.workspace_id, app_id, user_id)
    event_id, failure_id = a_failure(team.workspace_id, app_id, user_id=user_id)
    transaction_id = a_transaction(team.workspace_id, person_id)
    with unit_of_work():
        membership = Membership(account_id=spare, workspace_id=team.workspace_id, role="viewer")
        session.add(membership)
        session.add(
            TeamInvite(
                id=invite,
                workspace_id=team.workspace_id,
                email="guest@example.org",
                email_key="guest@example.org",
                role="viewer",
                token_hash=digest(str(invite)),
                invited_by=team.owner,
                expires_at=now() + timedelta(days=7),
            )
        )
        with scope(team.workspace_id):
            minted = make_secret_key("Server", session.get_one(App, (team.workspace_id, app_id)), SCOPES)
            session.add_all(
                Notification(
                    id=notice if role == "owner" else new_id(), account_id=member, title="Hello", message="There."
                )
                for role, member in team.members.items()
            )
        session.flush()
        ids = {"app_id": app_id, "key_id": minted.key.id, "invite_id": invite, "notification_id": notice}
        ids |= {"person_id": person_id, "user_id": user_id, "event_id": event_id, "failure_id": failure_id}
        ids |= {"member_id": membership.id, "transaction_id": transaction_id}
    return World(team, minted.text, {**ids, **a_told_endpoint(team.workspace_id)})


def someone_of_staff() -> UUID:
    return an_account("Sam", is_staff=True)


def email_of(account_id: UUID) -> str:
    with unit_of_work():
        return session.get_one(Account, account_id).email
