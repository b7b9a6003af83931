"""What tests of the back office start from."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.core import redis
from app.core.db import session
from app.core.tables import AuditEntry
from app.core.tenancy import SYSTEM_WORKSPACE, unit_of_work
from app.factory import Guerdon
from tests.factories.workspaces import Team, a_team, an_account
from tests.support.pages import PageClient


@dataclass(frozen=True)
class Entry:
    workspace_id: UUID
    actor: tuple[str, UUID | None]
    subject: tuple[str, str]
    details: dict[str, Any]


@pytest.fixture
def stella(app: Guerdon) -> UUID:
    """Somebody of staff; Theo is the other."""
    an_account("Theo", is_staff=True)
    return an_account("Stella", is_staff=True)


@pytest.fixture
def office(client: PageClient, stella: UUID) -> PageClient:
    """The back office, with Stella signed in."""
    return client.sign_in(stella)


@pytest.fixture
def team(app: Guerdon) -> Team:
    return a_team()


@pytest.fixture
def no_redis(app: Guerdon) -> Iterator[None]:
    """Redis is known to be away."""
    with app.app_context():
        shared = redis._shared()
    before, shared.away_until = shared.away_until, time.monotonic() + 3600
    yield
    shared.away_until = before


def entries(action: str) -> list[Entry]:
    """What the log of all workspaces says of this action, oldest first."""
    with unit_of_work(role="staff"):
        found = session.scalars(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id))
        return [
            Entry(
                entry.workspace_id,
                (entry.actor_kind, entry.actor_id),
                (entry.subject_kind, entry.subject_id),
                entry.details,
            )
            for entry in found
        ]


def the_entry(action: str) -> Entry:
    """The one entry of this action."""
    found = entries(action)
    assert len(found) == 1, found
    return found[0]


def on_the_platform(entry: Entry) -> bool:
    return entry.workspace_id == SYSTEM_WORKSPACE
