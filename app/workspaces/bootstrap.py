"""An account, a workspace, an app and its keys in one go: how tests and scripts begin."""

from dataclasses import dataclass
from itertools import chain, count
from uuid import UUID

from sqlalchemy import select

from app.accounts.models import Account
from app.accounts.operations.sign_up import confirm_address, create_verified_account
from app.accounts.queries import account_at
from app.core.audit import record
from app.core.db import session
from app.core.errors import Conflict
from app.core.settings import current_settings
from app.core.tenancy import enter
from app.workspaces.models import App, Membership, Workspace
from app.workspaces.operations.apps import approve_app, register_app
from app.workspaces.operations.keys import make_publishable_key, make_secret_key
from app.workspaces.operations.workspaces import create_workspace
from app.workspaces.platforms import made_up_identifier
from app.workspaces.queries.apps import app_named, is_identifier_taken
from app.workspaces.queries.keys import publishable_key_of
from app.workspaces.queries.team import membership_of
from app.workspaces.scopes import SCOPES


@dataclass(frozen=True)
class Bootstrapped:
    """What a script needs to begin."""

    workspace: str
    workspace_id: UUID
    app_id: UUID
    publishable_key: str
    secret_key: str
    url: str


def bootstrap(*, email: str, password: str, workspace: str, app: str, platform: str) -> Bootstrapped:
    """Make or find them; the secret key is made anew each time, since an old one cannot be shown again."""
    account = _account(email, password)
    place = _workspace(workspace, account)
    enter(place.id)
    found = _app(app, platform)
    publishable = publishable_key_of(found.id)
    shown = publishable.public_value if publishable else make_publishable_key("Publishable key", found).text
    return Bootstrapped(
        workspace=place.slug,
        workspace_id=place.id,
        app_id=found.id,
        publishable_key=shown or "",
        secret_key=make_secret_key("Bootstrap", found, SCOPES).text,
        url=current_settings().base_url,
    )


def _account(email: str, password: str) -> Account:
    account = account_at(email)
    if account is None:
        return create_verified_account(email, password, email.partition("@")[0])
    if account.status == "pending_verification":
        confirm_address(account)
    return account


def _workspace(slug: str, account: Account) -> Workspace:
    found = session.scalar(select(Workspace).where(Workspace.slug == slug))
    if found is None:
        return create_workspace(account.id, slug.replace("-", " ").capitalize(), slug)
    if found.deleted_at is not None:
        raise Conflict("workspace_deleted", f"The workspace {slug} is deleted. Restore it, or choose another name.")
    if membership_of(found.id, account.id) is None:
        enter(found.id)
        session.add(Membership(account_id=account.id, workspace_id=found.id, role="owner"))
        session.flush()
        record("member.added", "account", account.id, role="owner")
    return found


def _free_identifier(platform: str, name: str) -> str:
    """One that no app of the workspace has; others may be called alike."""
    candidates = (made_up_identifier(platform, f"{name}{number or ''}") for number in chain([0], count(2)))
    return next(found for found in candidates if not is_identifier_taken(platform, found))


def _app(name: str, platform: str) -> App:
    app = app_named(name, platform) or register_app(
        name=name, platform=platform, identifier=_free_identifier(platform, name)
    )
    if app.status == "suspended":
        raise Conflict("app_suspended", f"The app {name} is suspended. Reinstate it, or choose another name.")
    if app.status == "pending_review":
        approve_app(app)
    return app
