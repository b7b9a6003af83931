"""People with points, for tests that speak of something else."""

from datetime import datetime
from uuid import UUID

from app.core.ids import new_id
from app.core.tenancy import unit_of_work
from app.ledger.operations import Cause
from app.people.operations.identity import person_for_user
from app.people.queries.people import person_by_id
from app.points.operations import grant_bonus, spend_points


def with_points(
    workspace_id: UUID,
    app_id: UUID,
    user_id: str = "u1",
    amount: int = 100,
    *,
    reason: str = "welcome",
    expires_at: datetime | None = None,
) -> UUID:
    """Somebody who was given points; returns their id."""
    with unit_of_work(workspace_id):
        person = person_for_user(app_id, user_id)
        grant_bonus(person, amount, reason, cause=Cause("test", str(new_id())), expires_at=expires_at)
        return person.id


def a_transaction(workspace_id: UUID, person_id: UUID) -> UUID:
    """A bonus that somebody was given."""
    with unit_of_work(workspace_id):
        person = person_by_id(person_id)
        return grant_bonus(person, 100, "welcome", cause=Cause("test", str(new_id()))).id


def having_spent(workspace_id: UUID, app_id: UUID, user_id: str = "u1", amount: int = 40) -> None:
    with unit_of_work(workspace_id):
        spend_points(person_for_user(app_id, user_id), amount, "sword", cause=Cause("test", str(new_id())))
