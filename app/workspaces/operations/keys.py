"""Make a key, change what it may, replace it, revoke it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select, update

from app.core.audit import record
from app.core.clock import now
from app.core.crypto import digest
from app.core.db import session
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.core.tenancy import required_workspace
from app.core.text import tidy
from app.workspaces import credentials, signals
from app.workspaces.models import ApiKey, App
from app.workspaces.origins import normal_origins
from app.workspaces.queries.keys import key_by_id
from app.workspaces.scopes import SCOPES

NAME_LENGTH = 100
TOUCHED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Minted:
    """A key and its text, which nobody can read again when it is secret."""

    key: ApiKey
    text: str


def make_publishable_key(name: str, app: App | None, origins: Iterable[str] = (), *, id: UUID | None = None) -> Minted:
    """A key for code that others can read."""
    return _make(
        ApiKey(id=id or new_id(), name=_checked_name(name), kind="publishable", origins=normal_origins([*origins])),
        app.id if app else None,
    )


def make_secret_key(
    name: str, app: App | None, scopes: Iterable[str], *, expires_at: datetime | None = None, id: UUID | None = None
) -> Minted:
    """A key for a server, for one app or for the whole workspace."""
    return _make(
        ApiKey(
            id=id or new_id(),
            name=_checked_name(name),
            kind="secret",
            scopes=_checked_scopes(scopes),
            expires_at=expires_at,
        ),
        app.id if app else None,
    )


def change_key(key_id: UUID, *, name: str, scopes: Iterable[str] = (), origins: Iterable[str] = ()) -> ApiKey:
    """Set the name, and what the key may: scopes of a secret one, origins of a publishable one."""
    key = _live_key(key_id)
    wanted: dict[str, str | list[str]] = {"name": _checked_name(name)}
    if key.kind == "secret":
        wanted["scopes"] = _checked_scopes(scopes)
    else:
        wanted["origins"] = normal_origins([*origins])
    changed = {field: [getattr(key, field), value] for field, value in wanted.items() if getattr(key, field) != value}
    if changed:
        for field, (_, value) in changed.items():
            setattr(key, field, value)
        session.flush()
        record("key.changed", "key", key.id, name=key.name, changes=changed)
    return key


def rotate_key(key_id: UUID, overlap: timedelta) -> Minted:
    """A new key in the place of an old one, which goes on working for the overlap, or stops at once without one."""
    old, at = _live_key(key_id), now()
    if old.replaced_by is not None:
        raise Conflict("key_replaced", "This key was replaced already.")
    lifetime = old.expires_at - old.created_at if old.expires_at else None
    fresh = ApiKey(id=new_id(), name=old.name, kind=old.kind, scopes=old.scopes, origins=old.origins)
    fresh.expires_at = at + lifetime if lifetime else None
    minted = _make(fresh, old.app_id, replaces=str(old.id))
    old.replaced_by = fresh.id
    old.expires_at = min(filter(None, [old.expires_at, at + overlap]))
    if not overlap:
        old.revoked_at = at
    session.flush()
    record("key.rotated", "key", old.id, name=old.name, hours=overlap // timedelta(hours=1))
    return minted


def revoke_key(key_id: UUID) -> ApiKey:
    """Shut a key out from its very next request on; revoking it again changes nothing."""
    key = key_by_id(key_id, lock=True)
    if key.revoked_at is None:
        key.revoked_at = now()
        session.flush()
        record("key.revoked", "key", key.id, name=key.name)
        signals.key_revoked.send(key)
    return key


def is_use_due(noted_at: datetime | None) -> bool:
    """Whether a use is to be noted again."""
    return noted_at is None or now() - noted_at >= TOUCHED_EVERY


def note_use(key_id: UUID) -> None:
    """Remember that a key was used, at most once a minute; a row that somebody else holds is let be, not waited for."""
    at = now()
    due = (
        select(ApiKey.id)
        .where(ApiKey.id == key_id, or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at <= at - TOUCHED_EVERY))
        .with_for_update(skip_locked=True)
    )
    session.execute(
        update(ApiKey).where(ApiKey.id.in_(due)).values(last_used_at=at).execution_options(synchronize_session=False)
    )


def _make(key: ApiKey, app_id: UUID | None, **details: str) -> Minted:
    text, key.prefix = credentials.mint(key.kind, required_workspace())
    key.secret_hash, key.app_id = digest(text), app_id
    key.public_value = text if key.kind == "publishable" else None
    session.add(key)
    session.flush()
    record("key.made", "key", key.id, name=key.name, kind=key.kind, scopes=key.scopes, **details)
    return Minted(key, text)


def _live_key(key_id: UUID) -> ApiKey:
    # The lock ends the race of two rotations, or of a rotation with a revocation.
    key = key_by_id(key_id, lock=True)
    if not key.is_live_at(now()):
        raise Conflict("key_not_live", f"{key.name} is {key.state_at(now())}. Make a new key instead.")
    return key


def _checked_name(name: str) -> str:
    name = tidy(name)
    if not 1 <= len(name) <= NAME_LENGTH:
        raise Invalid("name_length", f"Give it a name of at most {NAME_LENGTH} characters.", field="name")
    return name


def _checked_scopes(scopes: Iterable[str]) -> list[str]:
    wanted = set(scopes)
    if unknown := wanted - SCOPES.keys():
        raise Invalid("scope_unknown", f"There is no scope {min(unknown)[:50]}.", field="scopes")
    if not wanted:
        raise Invalid("scope_missing", "Choose at least one scope; a key without any opens nothing.", field="scopes")
    return [scope for scope in SCOPES if scope in wanted]
