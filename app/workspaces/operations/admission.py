"""Whether a key is let in: it exists, lives, and what it speaks for is open."""

import hmac
from uuid import UUID

from app.core.clock import now
from app.core.errors import Denied, Invalid, Unauthenticated
from app.core.ids import parse_id
from app.workspaces.credentials import Credential
from app.workspaces.queries.callers import Caller, caller

APP_NEEDED = "This key is of the whole workspace, and user ids are an app's. Say which by the header Guerdon-App."


def known_caller(credential: Credential, named: str | None) -> Caller:
    """Whoever a credential belongs to, in its workspace; `named` is the app that the call names."""
    found = caller(credential, parse_id(named) if named else None)
    if found is None or not hmac.compare_digest(found.secret_hash, credential.digest):
        raise Unauthenticated("key_unknown", "There is no such key. Copy it whole, or make a new one.")
    return found


def refuse_dead(found: Caller) -> None:
    if found.revoked_at is not None:
        raise Unauthenticated("key_revoked", "This key was revoked. Use another.")
    if found.expires_at is not None and found.expires_at <= now():
        raise Unauthenticated("key_expired", "This key has expired. Use another.")


def refuse_closed(found: Caller, named: str | None) -> None:
    if found.workspace_deleted_at is not None:
        raise Denied("workspace_deleted", "This workspace is being deleted.")
    if found.workspace_status == "suspended":
        raise Denied("workspace_suspended", "This workspace is suspended. Ask whoever runs this installation.")
    if named and found.bound_to and parse_id(named) != found.bound_to:
        raise Denied("app_not_yours", "This key belongs to another app than Guerdon-App names.")
    if named and found.app_id is None:
        raise Invalid("app_unknown", "Guerdon-App names no app of this workspace.")
    if found.app_status == "suspended":
        raise Denied("app_suspended", "This app is suspended. Its page in the portal says why.")


def refuse_unscoped(found: Caller, scope: str) -> None:
    if scope not in found.scopes:
        raise Denied("scope_missing", f"This needs a key with the scope {scope}.")


def refuse_foreign(found: Caller, origin: str | None) -> None:
    """A publishable key with origins is for their pages alone; what is no browser names no origin."""
    if origin is not None and found.origins and origin.lower() not in found.origins:
        raise Denied("origin_not_allowed", "This key may not be used from this site. Add its origin to the key.")


def app_spoken_for(found: Caller) -> UUID:
    """The app that a call is about; a key of the workspace must name it."""
    if found.app_id is None:
        raise Invalid("app_needed", APP_NEEDED, field="Guerdon-App")
    return found.app_id
