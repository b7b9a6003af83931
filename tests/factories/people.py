"""People who use an app, written straight into the tables."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from app.core.clock import now
from app.core.db import session
from app.core.ids import new_id
from app.core.tenancy import unit_of_work
from app.metrics.operations import Tally
from app.metrics.operations import count as count_facts
from app.people.models import Person, PersonAlias
from app.people.search_keys import search_key

_numbers = count(1)


def a_person(
    workspace_id: UUID,
    app_id: UUID,
    user_id: str | None = None,
    *,
    anonymous_ids: tuple[str, ...] = (),
    traits: dict[str, Any] | None = None,
    seen_at: datetime | None = None,
    merged_into: UUID | None = None,
    **columns: Any,
) -> UUID:
    """Somebody known by a user id, or so far by anonymous ids alone."""
    person_id, seen_at, traits = new_id(), seen_at or now() - timedelta(minutes=next(_numbers)), traits or {}
    said = [1, int(seen_at.timestamp() * 1_000_000)]
    with unit_of_work(workspace_id):
        session.add(
            Person(
                id=person_id,
                app_id=app_id,
                external_id=user_id,
                first_seen_at=seen_at - timedelta(days=3),
                last_seen_at=seen_at,
                traits=traits,
                trait_sources=dict.fromkeys(traits, said),
                name_key=_key(traits.get("name")),
                email_key=_key(traits.get("email")),
                merged_into=merged_into,
                **columns,
            )
        )
        session.flush()
        session.add_all(
            PersonAlias(app_id=app_id, alias=alias, person_id=merged_into or person_id, origin_id=person_id)
            for alias in anonymous_ids
        )
        if merged_into is None:
            count_facts([Tally("people", seen_at, {"app": str(app_id)})])
    return person_id


def _key(value: Any) -> str | None:
    return search_key(value) or None if isinstance(value, str) else None
