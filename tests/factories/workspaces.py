"""Workspaces with people in every role, written straight into the tables: what tests need but do not speak of."""

from dataclasses import dataclass
from itertools import count
from uuid import UUID

from app.accounts.models import Account
from app.core.clock import now
from app.core.db import session
from app.core.ids import new_id
from app.core.tenancy import scope, unit_of_work
from app.workspaces.models import ROLES, App, Membership, Workspace

_numbers = count(1)


@dataclass(frozen=True)
class Team:
    """A workspace and one account in each role."""

    workspace_id: UUID
    slug: str
    members: dict[str, UUID]

    @property
    def owner(self) -> UUID:
        return self.members["owner"]


def an_account(name: str = "Ines", *, email: str | None = None, is_staff: bool = False, status: str = "active") -> UUID:
    """An account that can be signed in by `client.sign_in(account_id)`; it has no password."""
    account_id = new_id()
    email = email or f"{name.lower().replace(' ', '.')}.{next(_numbers)}@example.org"
    with unit_of_work():
        session.add(
            Account(
                id=account_id,
                name=name,
                email=email,
                email_key=email.lower(),
                status=status,
                email_verified_at=now() if status == "active" else None,
                is_staff=is_staff,
            )
        )
    return account_id


def a_workspace(slug: str | None = None, *, name: str = "Tidepool Games", **members: UUID) -> UUID:
    """A workspace with the given accounts as members: `a_workspace(owner=ines, viewer=otto)`."""
    workspace_id = new_id()
    with unit_of_work():
        session.add(Workspace(id=workspace_id, slug=slug or f"tidepool-{next(_numbers)}", name=name))
        session.flush()
        for role, account_id in members.items():
            session.add(Membership(account_id=account_id, workspace_id=workspace_id, role=role))
    return workspace_id


def a_team(slug: str | None = None, name: str = "Tidepool Games") -> Team:
    """A workspace with one account in each role."""
    slug = slug or f"tidepool-{next(_numbers)}"
    members = {role: an_account(role.capitalize()) for role in ROLES}
    return Team(a_workspace(slug, name=name, **members), slug, members)


def an_app(
    workspace_id: UUID,
    name: str = "Tidepool",
    *,
    platform: str = "web",
    status: str = "active",
    is_test: bool = False,
) -> UUID:
    app_id = new_id()
    with unit_of_work(), scope(workspace_id):
        identifier = f"tidepool-{next(_numbers)}.example"
        session.add(App(id=app_id, name=name, identifier=identifier, platform=platform, status=status, is_test=is_test))
    return app_id
