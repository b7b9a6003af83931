"""The studio: its team, its apps and their keys."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from app.accounts.models import Account
from app.accounts.operations.profile import change_profile
from app.accounts.operations.sign_up import create_verified_account
from app.core.actor import Actor, acting_as
from app.core.db import session
from app.core.errors import Conflict
from app.core.tenancy import scope
from app.workspaces.models import App, Membership, Workspace
from app.workspaces.operations.apps import change_app, register_app
from app.workspaces.operations.invites import invite
from app.workspaces.operations.keys import change_key, make_secret_key, revoke_key, rotate_key
from app.workspaces.operations.team import change_role
from app.workspaces.operations.workspaces import change_settings, create_workspace
from app.workspaces.queries.keys import publishable_key_of

SLUG, EMPTY_SLUG = "tidepool", "quiet-harbour"
TEAM = (
    ("Ines Alder", "ines@tidepool.example", "owner", "Europe/Lisbon"),
    ("Mateo Brandt", "mateo@tidepool.example", "admin", "Europe/Berlin"),
    ("Yuki Tanabe", "yuki@tidepool.example", "member", "Asia/Tokyo"),
    ("نور الحسن", "nour@tidepool.example", "viewer", "Africa/Cairo"),
)
APPS = (
    ("Tidepool", "ios", "example.tidepool.game"),
    ("Tidepool for Android", "android", "example.tidepool.game"),
    ("tidepool.example", "web", "tidepool.example"),
)


@dataclass(frozen=True)
class Studio:
    """The workspace, who owns it, and its three live apps by their platform."""

    workspace_id: UUID
    owner_id: UUID
    apps: dict[str, UUID]


def make_studio(password: str) -> Studio:
    """Make the team, the apps and the keys, and a workspace beside it that is empty; once an installation."""
    if session.scalar(select(Workspace.id).filter_by(slug=SLUG)):
        raise Conflict("demo_exists", f"The demo workspace is there already, at /w/{SLUG}/.")
    people = [_person(name, email, zone, password) for name, email, _, zone in TEAM]
    owner = people[0]
    with acting_as(Actor("account", owner.id)):
        workspace = create_workspace(owner.id, "Tidepool Games", SLUG, "Europe/Lisbon")
        with scope(workspace.id):
            change_settings(workspace, company_name="Tidepool Games Lda.", contact_person="Ines Alder")
            _gather(workspace, people)
            apps = _register()
        create_workspace(owner.id, "Quiet Harbour", EMPTY_SLUG, "Europe/Lisbon")
    return Studio(workspace.id, owner.id, apps)


def _person(name: str, email: str, timezone: str, password: str) -> Account:
    account = create_verified_account(email, password, name)
    change_profile(account, name=name, locale="en", timezone=timezone)
    return account


def _gather(workspace: Workspace, people: list[Account]) -> None:
    owner, *colleagues = people
    for colleague, (_, _, role, _) in zip(colleagues, TEAM[1:], strict=True):
        membership = Membership(account_id=colleague.id, workspace_id=workspace.id, role="viewer")
        session.add(membership)
        session.flush()
        if role != "viewer":
            change_role(workspace.id, membership.id, role)
    invite(workspace.id, owner, "lea@tidepool.example", "member")


def _register() -> dict[str, UUID]:
    ios, android, web = (
        register_app(name=name, platform=platform, identifier=identifier) for name, platform, identifier in APPS
    )
    change_app(ios, name="Tidepool for iPhone", identifier=ios.identifier, domain="tidepool.example")
    register_app(name="Tidepool staging", platform="web", identifier="staging.tidepool.example", is_test=True)
    website = publishable_key_of(web.id)
    if website is not None:
        change_key(website.id, name="Website", origins=["https://tidepool.example", "https://www.tidepool.example"])
    _secrets(web)
    return {"ios": ios.id, "android": android.id, "web": web.id}


def _secrets(web: App) -> None:
    make_secret_key("Game server", web, ["read", "manage"])
    make_secret_key("Reports", None, ["read"])
    rotate_key(make_secret_key("Nightly export", None, ["read"]).key.id, timedelta(days=7))
    revoke_key(make_secret_key("Mateo's laptop", web, ["read"]).key.id)
