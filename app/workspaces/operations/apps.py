"""Register an app, change it, take it away; and what staff decide about it."""

from uuid import UUID

from sqlalchemy import delete

from app.core.audit import record
from app.core.db import session
from app.core.errors import Conflict, Invalid
from app.core.platform_settings import platform_settings
from app.core.tenancy import scope
from app.core.text import tidy
from app.workspaces import signals
from app.workspaces.models import ApiKey, App
from app.workspaces.operations.keys import make_publishable_key
from app.workspaces.platforms import PLATFORMS, normal_domain
from app.workspaces.queries.apps import app_by_id
from app.workspaces.queries.keys import keys_in_use

NAME_LENGTH = 255
REASON_LENGTH = 500


def register_app(*, name: str, platform: str, identifier: str, domain: str | None = None, is_test: bool = False) -> App:
    """A new app with its publishable key, active at once unless staff want to look at new ones first."""
    identifier = PLATFORMS[platform].identifier(identifier)
    app = App(
        name=_checked_name(name),
        platform=platform,
        identifier=identifier,
        domain=_domain(platform, identifier, domain),
        is_test=is_test,
        status="pending_review" if platform_settings().review_new_apps else "active",
    )
    session.add(app)
    session.flush()
    record("app.registered", "app", app.id, name=app.name, platform=app.platform, identifier=app.identifier)
    make_publishable_key("Publishable key", app)
    return app


def change_app(app: App, *, name: str, identifier: str, domain: str | None) -> None:
    """Set what may change; whoever was reviewed under one identifier is reviewed again under another."""
    identifier = PLATFORMS[app.platform].identifier(identifier)
    wanted = {
        "name": _checked_name(name),
        "identifier": identifier,
        "domain": _domain(app.platform, identifier, domain),
    }
    changed = {field: [getattr(app, field), value] for field, value in wanted.items() if getattr(app, field) != value}
    if not changed:
        return
    if "identifier" in changed and app.status == "active" and platform_settings().review_new_apps:
        changed["status"] = ["active", "pending_review"]
    for field, (_, value) in changed.items():
        setattr(app, field, value)
    session.flush()
    record("app.changed", "app", app.id, name=app.name, changes=changed)


def delete_app(app_id: UUID) -> App:
    """Take an app away with its keys, unless somebody still calls with one of them."""
    # The lock ends the race with a key that is being made for it.
    app = app_by_id(app_id, lock=True)
    if used := keys_in_use(app.id):
        words = f"{app.name} is in use: somebody called with its key {used[0].name} within the last 7 days."
        raise Conflict("app_in_use", f"{words} Revoke that key first.")
    session.execute(delete(ApiKey).where(ApiKey.app_id == app.id))
    session.delete(app)
    session.flush()
    record("app.deleted", "app", app.id, name=app.name, platform=app.platform, identifier=app.identifier)
    return app


def approve_app(app: App) -> None:
    """Staff: let an app under review go."""
    _decide(app, "app.approved", {"pending_review"}, "active")
    signals.app_approved.send(app)


def suspend_app(app: App, reason: str) -> None:
    """Staff: shut an app's keys out, for a reason its team is told."""
    reason = tidy(reason)
    if not 1 <= len(reason) <= REASON_LENGTH:
        raise Invalid("reason_length", f"Say why, in at most {REASON_LENGTH} characters.", field="reason")
    _decide(app, "app.suspended", {"pending_review", "active"}, "suspended", reason=reason)
    signals.app_suspended.send(app, reason=reason)


def reinstate_app(app: App) -> None:
    """Staff: let a suspended app's keys in again."""
    _decide(app, "app.reinstated", {"suspended"}, "active")
    signals.app_reinstated.send(app)


def _decide(app: App, action: str, before: set[str], after: str, **details: str) -> None:
    # The lock ends the race of two members of staff who decide at once: the second is told what the first did.
    session.refresh(app, with_for_update=True)
    if app.status not in before:
        state = app.status.replace("_", " ")
        raise Conflict("app_not_in_that_state", f"{app.name} is {state} now, so this was not done.")
    app.status = after
    with scope(app.workspace_id):
        record(action, "app", app.id, name=app.name, **details)


def _checked_name(name: str) -> str:
    name = tidy(name)
    if not 1 <= len(name) <= NAME_LENGTH:
        raise Invalid("name_length", f"Give it a name of at most {NAME_LENGTH} characters.", field="name")
    return name


def _domain(platform: str, identifier: str, domain: str | None) -> str | None:
    """The website of an app; a web app is its own."""
    if platform == "web":
        return identifier
    if not domain:
        return None
    found = normal_domain(domain)
    if found is None:
        words = "This is not a domain, which looks like tidepool.example. Write it without https:// and without a path."
        raise Invalid("domain_not_valid", words, field="domain")
    return found
