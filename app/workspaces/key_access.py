"""Who may call /v1: whoever holds a living key of the right kind and scope."""

import hmac
from collections.abc import Callable
from typing import Any
from uuid import UUID

import structlog
from flask import Flask, Response, g, request
from sqlalchemy.exc import SQLAlchemyError

from app.core.access import View, declare
from app.core.actor import Actor, act_as
from app.core.clock import now
from app.core.errors import Denied, Invalid, TooMany, Unauthenticated
from app.core.ids import parse_id
from app.core.limits import hit
from app.core.refusals import Refusal
from app.core.settings import current_settings
from app.core.tenancy import enter, unit_of_work
from app.workspaces.credentials import Credential, read
from app.workspaces.operations.keys import TOUCHED_EVERY, note_use
from app.workspaces.queries.callers import Caller, caller

log = structlog.get_logger()

REFUSALS = (
    Refusal(401, "key_missing", "No key was sent."),
    Refusal(401, "key_unknown", "The key does not exist."),
    Refusal(401, "key_revoked", "The key was revoked."),
    Refusal(401, "key_expired", "The key has expired."),
    Refusal(403, "secret_key_needed", "The key is publishable; this needs a secret one."),
    Refusal(403, "scope_missing", "The key has not the scope that this needs."),
    Refusal(403, "app_suspended", "The key's app is suspended."),
    Refusal(403, "workspace_suspended", "The workspace is suspended."),
    Refusal(403, "workspace_deleted", "The workspace is being deleted."),
    Refusal(403, "app_not_yours", "The key belongs to one app, and `Guerdon-App` names another."),
    Refusal(422, "app_unknown", "`Guerdon-App` names no app of the workspace."),
    Refusal(429, "rate_limited", "The key made too many calls; `Retry-After` says how long to wait."),
)

APP_NEEDED = Refusal(422, "app_needed", "The key is of the whole workspace, and no `Guerdon-App` names the app.")


class Key:
    """A secret key; with a scope, one that has it."""

    refusals = REFUSALS

    def __init__(self, scope: str | None) -> None:
        self.scope = scope

    def check(self, view_args: dict[str, Any]) -> None:
        found = _come_in()
        if found.kind != "secret":
            raise Denied("secret_key_needed", "This needs a secret key (sk_…). A publishable one cannot do it.")
        if self.scope and self.scope not in found.scopes:
            raise Denied("scope_missing", f"This needs a key with the scope {self.scope}.")
        _hold_back(found)

    def speaker(self) -> str:
        return str(this_caller().app_id or "")


def key(scope: str | None = None) -> Callable[[View], View]:
    """Open an endpoint to secret keys: to all of them, or to those with a scope."""
    return lambda view: declare(view, Key(scope))


def this_caller() -> Caller:
    """Whose key came with this request."""
    found: Caller = g.caller
    return found


def this_app() -> UUID:
    """The app that this call is about, for whoever speaks of an app's users; a key of the workspace must name it."""
    app_id = this_caller().app_id
    if app_id is None:
        words = "This key is of the whole workspace, and user ids are an app's own. Say which by the header Guerdon-App."
        raise Invalid(APP_NEEDED.code, words, field="Guerdon-App")
    return app_id


def init_app(app: Flask) -> None:
    app.after_request(_after)


def _come_in() -> Caller:
    """Find the key, and enter its workspace as it."""
    credential = _credential()
    named = request.headers.get("Guerdon-App")
    named_app = parse_id(named) if named else None
    enter(credential.workspace_id)
    found = caller(credential, named_app)
    if found is None or not hmac.compare_digest(found.secret_hash, credential.digest):
        enter(None)
        raise Unauthenticated("key_unknown", "There is no such key. Copy it whole, or make a new one.")
    act_as(Actor("key", found.key_id))
    _refuse_dead(found)
    if found.last_used_at is None or now() - found.last_used_at >= TOUCHED_EVERY:
        g.used_key = found.key_id
    _refuse_closed(found, named, named_app)
    g.caller = found
    return found


def _credential() -> Credential:
    try:
        sent = request.authorization
    except ValueError:
        # Basic with letters that base64 has not.
        sent = None
    text = sent and (sent.username if sent.type == "basic" else sent.token if sent.type == "bearer" else None)
    if not text:
        raise Unauthenticated("key_missing", "Send a key: Authorization: Bearer sk_…")
    credential = read(text)
    if credential is None:
        raise Unauthenticated("key_unknown", "This is not a key. Keys begin with sk_ or pk_; copy it whole.")
    return credential


def _refuse_dead(found: Caller) -> None:
    if found.revoked_at is not None:
        raise Unauthenticated("key_revoked", "This key was revoked. Use another.")
    if found.expires_at is not None and found.expires_at <= now():
        raise Unauthenticated("key_expired", "This key has expired. Use another.")


def _refuse_closed(found: Caller, named: str | None, named_app: UUID | None) -> None:
    if found.workspace_deleted_at is not None:
        raise Denied("workspace_deleted", "This workspace is being deleted.")
    if found.workspace_status == "suspended":
        raise Denied("workspace_suspended", "This workspace is suspended. Ask whoever runs this installation.")
    if named and found.bound_to and named_app != found.bound_to:
        raise Denied("app_not_yours", "This key belongs to another app than Guerdon-App names.")
    if named and found.app_id is None:
        raise Invalid("app_unknown", "Guerdon-App names no app of this workspace.")
    if found.app_status == "suspended":
        raise Denied("app_suspended", "This app is suspended. Its page in the portal says why.")


def _hold_back(found: Caller) -> None:
    rate = current_settings().api_rate_per_minute
    if (seconds := hit("api", str(found.key_id), f"{rate}/minute")) is not None:
        raise TooMany("This key made too many calls. Wait, then go on.", retry_after=seconds)


def _after(response: Response) -> Response:
    """Remember the use in a transaction of its own: a call that was refused used the key too."""
    if "caller" in g:
        response.headers["RateLimit-Policy"] = f'"key";q={current_settings().api_rate_per_minute};w=60'
    if used := g.pop("used_key", None):
        try:
            with unit_of_work(g.workspace_id):
                note_use(used)
        except SQLAlchemyError as error:
            log.warning("use_not_noted", error=type(error).__name__)
    return response
