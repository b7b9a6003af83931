"""The way to every page of the URL map, with things in its address that exist."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import select
from werkzeug.routing import Rule

from app.accounts.access import SignedIn, SignedOut, StaffOnly
from app.accounts.models import Account, AccountSession
from app.accounts.operations.tokens import mailed_link
from app.core.access import Access, Loopback, Public, access_of
from app.core.db import session
from app.core.tables import OutboxMessage
from app.core.tenancy import SYSTEM_WORKSPACE, scope, unit_of_work
from app.events.models import Event
from app.factory import Guerdon
from app.ledger.models import Transfer
from app.notifications.models import Notification
from app.people.models import Person
from app.webhooks.models import WebhookAttempt, WebhookEndpoint
from app.workspaces.access import Member
from app.workspaces.models import ApiKey, App, Membership, TeamInvite, Workspace
from tests.support.letters import letters_to

# Answers that no browser shows by themselves: files, figures, and parts of pages.
NO_PAGES = {
    *("sdks.tag", "sdks.segment_settings", "sdks.rudderstack_settings"),
    *("static", "asset", "health.process", "health.ready", "telemetry.metrics", "reference.openapi"),
    *(
        "people.download",
        "people.export",
        "mailbox.html",
        "portal.first_event",
        "webhooks.export_attempts",
        "workspaces.suggest_address",
    ),
}
STRANGERS, MEMBERS, STAFF = (Public, SignedOut, Loopback), (Public, SignedIn, Member), (StaffOnly,)


@dataclass(frozen=True)
class Place:
    """A page: what shows it, and where."""

    endpoint: str
    path: str


def places(app: Guerdon, *kinds: type[Access], values: dict[str, Any], deeper: bool = True) -> Iterator[Place]:
    """Every page that is for these; without `deeper`, those alone that name nothing but the workspace."""
    adapter = app.url_map.bind("localhost")
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if is_page(app, rule) and isinstance(access_of(app, rule.endpoint), kinds):
            if rule.arguments - {"workspace"} and not deeper:
                continue
            found = {**values, **values.get(rule.endpoint, {})}
            missing = rule.arguments - found.keys()
            assert not missing, f"tests/support/places.py knows no {missing} for {rule.rule}."
            yield Place(rule.endpoint, adapter.build(rule.endpoint, {name: found[name] for name in rule.arguments}))


def is_page(app: Guerdon, rule: Rule) -> bool:
    return "GET" in (rule.methods or ()) and rule.endpoint not in NO_PAGES


def values_for(owner_id: UUID, slug: str) -> dict[str, Any]:
    """What the addresses of a workspace may name; below the name of an endpoint, what is so there alone."""
    with unit_of_work(role="staff"):
        owner = session.get_one(Account, owner_id)
        workspace = session.scalars(select(Workspace).filter_by(slug=slug)).one()
        with scope(workspace.id):
            told = _first(OutboxMessage, workspace_id=workspace.id) or _first(OutboxMessage)
            tried = _first(WebhookAttempt, workspace_id=workspace.id)
            return {
                "workspace": slug,
                "slug": slug,
                "workspace_id": workspace.id,
                "account_id": owner.id,
                "app_id": _id(App, workspace_id=workspace.id, status="active"),
                "event_id": _id(Event, workspace_id=workspace.id),
                "person_id": _id(Person, workspace_id=workspace.id, merged_into=None, erased_at=None),
                "transaction_id": _id(Transfer, workspace_id=workspace.id),
                "key_id": _id(ApiKey, workspace_id=workspace.id, kind="secret", revoked_at=None),
                "member_id": _id(Membership, workspace_id=workspace.id, role="viewer"),
                "invite_id": _id(TeamInvite, workspace_id=workspace.id, accepted_at=None),
                "notification_id": _id(Notification, workspace_id=workspace.id, account_id=owner.id),
                "session_id": _id(AccountSession, account_id=owner.id, revoked_at=None),
                "message_id": told.id if told else None,
                "endpoint_id": _id(WebhookEndpoint, workspace_id=workspace.id),
                "attempt_id": tried.id if tried else None,
                "webhooks.show_attempt": {"endpoint_id": tried.endpoint_id} if tried else {},
                "job_id": "none",
                "staff.show_message": {"workspace_id": told.workspace_id if told else SYSTEM_WORKSPACE},
                **_links(owner, workspace.id),
            }


def _links(owner: Account, workspace_id: UUID) -> dict[str, dict[str, str]]:
    """The pages behind links that were mailed."""
    sent = session.scalars(select(TeamInvite).filter_by(workspace_id=workspace_id, accepted_at=None)).first()
    links = {
        "accounts.reset": mailed_link(owner, "reset_password", "/password/reset", email=owner.email),
        "accounts.confirm_address": mailed_link(owner, "change_email", "/account/email", email="new@example.org"),
        "accounts.verify": mailed_link(owner, "verify_email", "/verify", email=owner.email),
        "invites.show": letters_to(sent.email)[-1].link if sent and letters_to(sent.email) else "/invites/none",
    }
    return {endpoint: {"token": urlsplit(link).path.rpartition("/")[2]} for endpoint, link in links.items()}


def _first(model: Any, **where: Any) -> Any:
    return session.scalars(select(model).filter_by(**where).order_by(model.id)).first()


def _id(model: Any, **where: Any) -> UUID | None:
    found = _first(model, **where)
    return found.id if found else None
