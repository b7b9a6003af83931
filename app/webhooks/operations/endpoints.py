"""Make an endpoint, change it, renew its secret, switch it off and on, delete it."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete

from app.core.audit import record
from app.core.clock import now
from app.core.db import session
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.core.outbox_targets import forget_messages, give_up_all, readdress, wake
from app.core.outgoing_urls import checked_url
from app.core.text import one_line
from app.webhooks.models import WebhookAttempt, WebhookEndpoint
from app.webhooks.operations.announcing import CHANNEL
from app.webhooks.operations.delivering import REASONS
from app.webhooks.queries.endpoints import count_endpoints, endpoint_by_id, endpoint_to_delete
from app.webhooks.secrets import new_secret
from app.webhooks.types import TYPES

MOST = 20
DESCRIPTION_LENGTH = 100


def make_endpoint(
    *, url: str, types: Iterable[str], description: str | None = None, id: UUID | None = None
) -> WebhookEndpoint:
    """A new place to be told at, with a secret of its own."""
    if count_endpoints() >= MOST:
        raise Conflict("too_many_endpoints", f"A workspace has at most {MOST} endpoints. Delete one first.")
    endpoint = WebhookEndpoint(
        id=id or new_id(),
        url=checked_url(url),
        description=_checked_description(description),
        types=_checked_types(types),
        secret=new_secret(),
    )
    session.add(endpoint)
    session.flush()
    record("webhook.made", "webhook", endpoint.id, name=endpoint.title, types=endpoint.types)
    return endpoint


def change_endpoint(
    endpoint_id: UUID, *, url: str, types: Iterable[str], description: str | None = None
) -> WebhookEndpoint:
    """Set its address, its description and what it is told; what waits goes to the new address."""
    endpoint = endpoint_by_id(endpoint_id, lock=True)
    wanted: dict[str, Any] = {
        "url": checked_url(url),
        "description": _checked_description(description),
        "types": _checked_types(types),
    }
    changed = {name: getattr(endpoint, name) for name, value in wanted.items() if getattr(endpoint, name) != value}
    for name in changed:
        setattr(endpoint, name, wanted[name])
    session.flush()
    if "url" in changed:
        readdress(endpoint.id, endpoint.url)
        wake(CHANNEL, endpoint.id)
    if changed:
        # An address may hold a secret in its path, so the log says that it changed, and not what it was.
        shown = {name: [before, wanted[name]] for name, before in changed.items() if name != "url"}
        more = {"url_changed": True} if "url" in changed else {}
        record("webhook.changed", "webhook", endpoint.id, name=endpoint.title, changes=shown, **more)
    return endpoint


def rotate_secret(endpoint_id: UUID, overlap: timedelta) -> WebhookEndpoint:
    """A new secret; what is sent is signed with the old one too while the overlap lasts."""
    # The lock ends the race of two rotations, of which one would lose the secret that the other had shown.
    endpoint, at = endpoint_by_id(endpoint_id, lock=True), now()
    if overlap and endpoint.is_rotating_at(at):
        words = "Two secrets are in use already. Wait until the old one has run out, or rotate without an overlap."
        raise Conflict("rotation_under_way", words)
    endpoint.old_secret, endpoint.old_secret_until = (endpoint.secret, at + overlap) if overlap else (None, None)
    endpoint.secret = new_secret()
    session.flush()
    hours = overlap // timedelta(hours=1)
    record("webhook.secret_rotated", "webhook", endpoint.id, name=endpoint.title, hours=hours)
    return endpoint


def reveal_secret(endpoint_id: UUID) -> WebhookEndpoint:
    """Let somebody read the secret again, and write down that they did."""
    endpoint = endpoint_by_id(endpoint_id)
    record("webhook.secret_shown", "webhook", endpoint.id, name=endpoint.title)
    return endpoint


def enable_endpoint(endpoint_id: UUID) -> WebhookEndpoint:
    """Tell it again what happens from now on; enabling it twice changes nothing."""
    endpoint = endpoint_by_id(endpoint_id, lock=True)
    if endpoint.disabled_at is not None:
        endpoint.disabled_at = endpoint.disabled_because = endpoint.failing_since = None
        session.flush()
        record("webhook.enabled", "webhook", endpoint.id, name=endpoint.title)
    return endpoint


def disable_endpoint(endpoint_id: UUID) -> WebhookEndpoint:
    """Tell it nothing more, and give up what waits; disabling it twice changes nothing."""
    endpoint = endpoint_by_id(endpoint_id, lock=True)
    if endpoint.disabled_at is None:
        endpoint.disabled_at, endpoint.disabled_because = now(), "by_hand"
        session.flush()
        give_up_all(endpoint.id, REASONS["by_hand"])
        record("webhook.disabled", "webhook", endpoint.id, name=endpoint.title)
    return endpoint


def delete_endpoint(endpoint_id: UUID) -> WebhookEndpoint:
    """Take it away with its messages and everything that is kept of them."""
    endpoint = endpoint_to_delete(endpoint_id)
    forget_messages(endpoint.id)
    session.execute(delete(WebhookAttempt).where(WebhookAttempt.endpoint_id == endpoint.id))
    record("webhook.deleted", "webhook", endpoint.id, name=endpoint.title)
    session.delete(endpoint)
    session.flush()
    return endpoint


def _checked_description(description: str | None) -> str | None:
    text = one_line(description or "")
    if len(text) > DESCRIPTION_LENGTH:
        words = f"Keep the description within {DESCRIPTION_LENGTH} characters."
        raise Invalid("description_length", words, field="description")
    return text or None


def _checked_types(types: Iterable[str]) -> list[str]:
    wanted = set(types)
    if unknown := wanted - TYPES.keys():
        raise Invalid("type_unknown", f"There is no type {min(unknown)[:50]}.", field="types")
    if not wanted:
        raise Invalid("type_missing", "Choose at least one type; without any it is told nothing.", field="types")
    return [type for type in TYPES if type in wanted]
