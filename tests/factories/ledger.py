"""An app with people whose books are still to be opened, and words that tests need but do not speak of."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.core.db import session
from app.core.ids import new_id
from app.core.tenancy import unit_of_work
from app.ledger.operations import Cause, Entry, Owner, credit, points_of, spend
from app.people.models import Person
from tests.factories.workspaces import a_workspace, an_app

SEEN = datetime(2026, 11, 1, tzinfo=UTC)


def a_cause() -> Cause:
    return Cause("test", str(new_id()))


@dataclass
class Till:
    """One app's points, and how tests move them: each call is a transaction of its own."""

    workspace_id: UUID = field(default_factory=a_workspace)
    app_id: UUID = field(init=False)

    def __post_init__(self) -> None:
        self.app_id = an_app(self.workspace_id)

    @property
    def unit(self) -> str:
        return points_of(self.app_id)

    def person(self, *, merged_into: Owner | None = None) -> Owner:
        person_id = new_id()
        with unit_of_work(self.workspace_id):
            into = merged_into.id if merged_into else None
            session.add(
                Person(id=person_id, app_id=self.app_id, first_seen_at=SEEN, last_seen_at=SEEN, merged_into=into)
            )
        return Owner("person", person_id)

    def join(self, absorbed: Owner, into: Owner) -> None:
        """Inside a unit of work: let one person be part of another."""
        values = {"id": absorbed.id, "into": into.id}
        session.execute(text("UPDATE person SET merged_into = :into WHERE id = :id"), values)

    def give(self, owner: Owner, amount: int, **options: Any) -> Entry:
        options = {"provenance": "bonus", "kind": "bonus", "cause": a_cause()} | options
        with unit_of_work(self.workspace_id):
            return credit(owner, self.unit, amount, **options)

    def take(self, owner: Owner, amount: int, **options: Any) -> list[Entry]:
        options = {"kind": "points_spent", "cause": a_cause()} | options
        with unit_of_work(self.workspace_id):
            return spend(owner, self.unit, amount, **options)
