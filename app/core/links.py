"""Slugs that strangers bring back: short, unguessable, and leading into one workspace."""

import secrets
from uuid import UUID

from sqlalchemy import select

from app.core.db import session
from app.core.errors import Missing
from app.core.tables import PublicLink
from app.core.tenancy import required_workspace

# Without letters and digits that are mistaken for each other when a link is read aloud.
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
LENGTH = 12


def make_link(kind: str, target_id: UUID) -> str:
    """A new public address for something of the current workspace."""
    slug = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    session.add(PublicLink(slug=slug, workspace_id=required_workspace(), kind=kind, target_id=target_id))
    return slug


def follow_link(kind: str, slug: str) -> PublicLink:
    """Where a slug leads; the caller enters its workspace next."""
    link = session.scalar(select(PublicLink).filter_by(kind=kind, slug=slug))
    if link is None:
        raise Missing
    return link
