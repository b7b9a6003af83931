"""Who may call /v1: whoever holds a living key of the right kind and scope."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import structlog
from flask import Flask, Response, g, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import Authorization

from app.core.access import View, declare
from app.core.actor import Actor, act_as
from app.core.errors import Denied, TooMany, Unauthenticated
from app.core.limits import hit
from app.core.refusals import Refusal
from app.core.settings import current_settings
from app.core.tenancy import enter, unit_of_work
from app.workspaces.credentials import Credential, read
from app.workspaces.operations.admission import (
    app_spoken_for,
    known_caller,
    refuse_closed,
    refuse_dead,
    refuse_unscoped,
)
from app.workspaces.operations.keys import is_use_due, note_use
from app.workspaces.queries.callers import Caller

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

    refusals: tuple[Refusal, ...] = REFUSALS

    def __init__(self, scope: str | None) -> None:
        self.scope = scope

    def check(self, view_args: dict[str, Any]) -> None:
        found = _come_in()
        if found.kind != "secret":
            raise Denied("secret_key_needed", "This needs a secret key (sk_…). A publishable one cannot do it.")
        if self.scope:
            refuse_unscoped(found, self.scope)
        _hold_back(found)

    def speaker(self) -> str:
        return str(this_caller().app_id or "")


class Sender(Key):
    """A key that may send events: a secret one with the scope, or a publishable one.

    Nothing is asked here. The key is checked in the transaction that stores what it sent, once for all requests in it.
    """

    refusals = (
        *(refusal for refusal in REFUSALS if refusal.code != "secret_key_needed"),
        APP_NEEDED,
        Refusal(403, "origin_not_allowed", "The key is publishable and has origins, and the page's is none of them."),
    )

    def check(self, view_args: dict[str, Any]) -> None:
        return None


def key(scope: str | None = None) -> Callable[[View], View]:
    """Open an endpoint to secret keys: to all of them, or to those with a scope."""
    return lambda view: declare(view, Key(scope))


def sender(view: View) -> View:
    """Open an endpoint to keys that may send events; the view checks `sent_credential()` as it stores."""
    return declare(view, Sender("events"))


def this_caller() -> Caller:
    """Whose key came with this request."""
    found: Caller = g.caller
    return found


def this_app() -> UUID:
    """The app that this call is about, for whoever speaks of an app's users; a key of the workspace must name it."""
    return app_spoken_for(this_caller())


def sent_credential(elsewhere: str | None = None) -> Credential:
    """What came as a key: in the headers, in the address, or where the body says."""
    return credential_in(request.headers.get("Authorization"), request.args.get("writeKey") or elsewhere)


def credential_in(authorization: str | None, elsewhere: str | None = None) -> Credential:
    """What stands as a key in the header, or in its place where there is no header."""
    text = elsewhere if authorization is None else _brought_by(authorization)
    if not text:
        raise Unauthenticated("key_missing", "Send a key: Authorization: Bearer sk_…")
    credential = read(text)
    if credential is None:
        raise Unauthenticated("key_unknown", "This is not a key. Keys begin with sk_ or pk_; copy it whole.")
    return credential


def init_app(app: Flask) -> None:
    app.after_request(_after)


def _come_in() -> Caller:
    """Find the key, and enter its workspace as it."""
    credential = credential_in(request.headers.get("Authorization"))
    named = request.headers.get("Guerdon-App")
    enter(credential.workspace_id)
    try:
        found = known_caller(credential, named)
    except Unauthenticated:
        enter(None)
        raise
    act_as(Actor("key", found.key_id))
    refuse_dead(found)
    if is_use_due(found.last_used_at):
        g.used_key = found.key_id
    refuse_closed(found, named)
    g.caller = found
    return found


def _brought_by(authorization: str) -> str | None:
    try:
        sent = Authorization.from_header(authorization)
    except ValueError:
        # Basic with letters that base64 has not.
        return None
    if sent is None:
        return None
    return sent.username if sent.type == "basic" else sent.token if sent.type == "bearer" else None


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
