"""Make a workspace, change it, delete it, bring it back, and erase it in the end."""

import re
from uuid import UUID

from sqlalchemy import select, text

from app.core.audit import record
from app.core.clock import now
from app.core.db import session
from app.core.errors import Conflict, Invalid, Missing
from app.core.moments import day
from app.core.outbox import send_mail
from app.core.settings import current_settings
from app.core.tenancy import scope
from app.core.text import one_line
from app.workspaces.models import Membership, Workspace
from app.workspaces.queries.workspaces import (
    GRACE,
    SLUG_LENGTH,
    erased_from,
    free_slug,
    locked_workspace,
    owners_of,
    restorable_by,
    slug_is_taken,
)

NAME_LENGTH = 80

# Addresses that would pass for the platform itself.
RESERVED = frozenset(
    (
        *("account", "accounts", "admin", "administrator", "api", "billing", "docs", "guerdon", "guerdon-platform"),
        *("help", "legal", "new", "official", "owner", "platform", "root", "security", "settings", "staff", "status"),
        *("support", "system", "team", "workspace", "workspaces", "www"),
    )
)


def suggest_slug(name: str) -> str:
    """A free address for a workspace of this name."""
    return free_slug(name, RESERVED)


def check_slug(slug: str, *, of: UUID | None = None) -> None:
    """Refuse an address that cannot be had."""
    if len(slug) > SLUG_LENGTH or not re.fullmatch(r"[a-z0-9](-?[a-z0-9])+", slug):
        words = f"Use 2 to {SLUG_LENGTH} small letters, digits and single hyphens, such as tidepool-games."
        raise Invalid("slug_form", words, field="slug")
    if slug in RESERVED:
        raise Conflict("slug_reserved", "This address is kept for the platform. Choose another.", field="slug")
    if slug_is_taken(slug, but=of):
        raise Conflict("slug_taken", "This address is taken. Choose another.", field="slug")


def checked_name(name: str) -> str:
    """A name on one line, as it goes into titles and subjects of mails."""
    name = one_line(name)
    if not 1 <= len(name) <= NAME_LENGTH:
        raise Invalid("name_length", f"Give it a name of at most {NAME_LENGTH} characters.", field="name")
    return name


def create_workspace(account_id: UUID, name: str, slug: str, timezone: str = "UTC") -> Workspace:
    """A new workspace, whose maker owns it."""
    check_slug(slug)
    name = checked_name(name)
    workspace = Workspace(name=name, slug=slug, timezone=timezone)
    session.add(workspace)
    session.flush()
    session.add(Membership(account_id=account_id, workspace_id=workspace.id, role="owner"))
    session.flush()
    with scope(workspace.id):
        record("workspace.created", "workspace", workspace.id, name=name)
    return workspace


def change_settings(workspace: Workspace, **wanted: str | None) -> None:
    """Set the name, company_name, contact_person and timezone; the log says what changed."""
    if name := wanted.get("name"):
        wanted["name"] = checked_name(name)
    before = {field: getattr(workspace, field) for field in wanted}
    changed = {field: [before[field], value] for field, value in wanted.items() if before[field] != value}
    if not changed:
        return
    for field, (_, value) in changed.items():
        setattr(workspace, field, value)
    session.flush()
    record("workspace.changed", "workspace", workspace.id, changes=changed)


def change_slug(workspace: Workspace, slug: str) -> None:
    """Move the workspace to another address; the old one is free at once."""
    if slug == workspace.slug:
        return
    check_slug(slug, of=workspace.id)
    before, workspace.slug = workspace.slug, slug
    session.flush()
    record("workspace.moved", "workspace", workspace.id, changes={"slug": [before, slug]})


def delete_workspace(workspace_id: UUID) -> None:
    """Close a workspace to everybody; its owners may bring it back within the grace period."""
    workspace = close_workspace(workspace_id)
    with scope(workspace.id):
        for owner in owners_of(workspace.id):
            send_mail(
                owner.email,
                "workspaces/deleted",
                name=owner.name,
                workspace=workspace.name,
                erased_on=day(erased_from(workspace)),
                url=f"{current_settings().base_url}/workspaces",
            )


def close_workspace(workspace_id: UUID) -> Workspace:
    """Delete a workspace without telling anybody."""
    workspace = locked_workspace(workspace_id)
    if workspace is None:
        raise Missing
    workspace.deleted_at = now()
    session.flush()
    with scope(workspace.id):
        record("workspace.deleted", "workspace", workspace.id, name=workspace.name)
    return workspace


def restore_workspace(slug: str, account_id: UUID) -> Workspace:
    """Bring a deleted workspace back as it was."""
    workspace = next((found for found in restorable_by(account_id) if found.slug == slug), None)
    if workspace is None:
        raise Missing
    workspace.deleted_at = None
    session.flush()
    with scope(workspace.id):
        record("workspace.restored", "workspace", workspace.id, name=workspace.name)
    return workspace


def erase_workspace(workspace_id: UUID) -> None:
    """Take away for good what was deleted long enough ago; only the platform's log remembers that it was there."""
    # The row lock ends the race with a restoration in the last second.
    doomed = session.scalar(
        select(Workspace).where(Workspace.id == workspace_id, Workspace.deleted_at < now() - GRACE).with_for_update()
    )
    if doomed is None:
        return
    record("workspace.erased", "workspace", doomed.id, deleted_at=str(doomed.deleted_at))
    session.flush()
    session.expunge(doomed)
    session.execute(text("SELECT erase_workspace(:doomed)"), {"doomed": workspace_id})
