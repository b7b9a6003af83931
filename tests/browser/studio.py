"""The demo, made fuller: a first call, an app that waits for a decision and one that was refused, and who looks at it."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.accounts.models import Account
from app.core.db import session
from app.core.tenancy import scope, unit_of_work
from app.dev.demo import SLUG, make_demo
from app.workspaces.models import ApiKey, Workspace
from app.workspaces.operations.apps import register_app, suspend_app
from app.workspaces.operations.keys import note_use
from tests.factories.webhooks import a_told_endpoint
from tests.factories.workspaces import an_account


@dataclass(frozen=True)
class Studio:
    """Who may see what."""

    owner: UUID
    viewer: UUID
    staff: UUID


def furnish() -> Studio:
    made = make_demo(people=150)
    with unit_of_work(role="staff"):
        owner, viewer = (
            session.scalars(select(Account.id).filter_by(email=email)).one()
            for email in (made.email, "nour@tidepool.example")
        )
        workspace = session.scalars(select(Workspace).filter_by(slug=SLUG)).one()
        with scope(workspace.id):
            register_app(name="Moonrise", platform="steam", identifier="480").status = "pending_review"
            note_use(session.scalars(select(ApiKey.id).filter_by(name="Game server")).one())
            suspend_app(
                register_app(name="Low tide", platform="steam", identifier="570"), "The store does not know it."
            )
        workspace_id = workspace.id
    a_told_endpoint(workspace_id)
    return Studio(owner, viewer, an_account("Sam Hale", is_staff=True))
