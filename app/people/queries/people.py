"""Who a person is: by their id, by the app's own user id, and by which ids they are known."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, exists, or_, select
from sqlalchemy.orm import aliased

from app.core.db import session
from app.core.errors import Missing
from app.core.tenancy import required_workspace
from app.people.models import Person, PersonAlias

_known = aliased(Person)
# An alias call may have taken a user id for an anonymous one; it is shown as what it is.
IS_ANONYMOUS_ID = or_(
    PersonAlias.origin_id.is_not(None),
    ~exists().where(
        _known.workspace_id == PersonAlias.workspace_id,
        _known.app_id == PersonAlias.app_id,
        _known.external_id == PersonAlias.alias,
    ),
)


def root_of(row: Any) -> ColumnElement[UUID]:
    """The id of the person that a row is a part of.

    Not by coalesce(): PostgreSQL takes that for leaky, and under row level security no index is asked for it.
    """
    return case((row.merged_into.is_(None), row.id), else_=row.merged_into)


@dataclass(frozen=True)
class Names:
    """All rows that are one person, the person's own first, and every id they were seen by."""

    person_ids: tuple[UUID, ...]
    user_ids: tuple[str, ...]
    anonymous_ids: tuple[str, ...]


def person_by_id(person_id: UUID) -> Person:
    """The person, or whom they were joined into; what is another workspace's does not exist."""
    row, root = aliased(Person), aliased(Person)
    found = session.scalar(
        select(root)
        .join(row, and_(row.workspace_id == root.workspace_id, root_of(row) == root.id))
        .where(row.workspace_id == required_workspace(), row.id == person_id)
    )
    if found is None:
        raise Missing
    return found


def person_of_user(app_id: UUID, user_id: str) -> Person:
    """Whom an app knows by this user id."""
    row, root = aliased(Person), aliased(Person)
    found = session.scalar(
        select(root)
        .join(row, and_(row.workspace_id == root.workspace_id, root_of(row) == root.id))
        .where(row.workspace_id == required_workspace(), row.app_id == app_id, row.external_id == user_id)
    )
    if found is None:
        raise Missing("person_unknown", "Nobody is known by this user id.")
    return found


def names_of(person_id: UUID) -> Names:
    """Every row and id of the person to whom this id leads."""
    root = person_by_id(person_id)
    here = required_workspace()
    rows = session.execute(
        select(Person.id, Person.external_id)
        .where(Person.workspace_id == here, or_(Person.id == root.id, Person.merged_into == root.id))
        .order_by(Person.id)
    ).all()
    aliases = session.scalars(
        select(PersonAlias.alias)
        .where(
            PersonAlias.workspace_id == here,
            PersonAlias.person_id == root.id,
            IS_ANONYMOUS_ID,
        )
        .order_by(PersonAlias.alias)
    ).all()
    return Names(
        person_ids=(root.id, *(row.id for row in rows if row.id != root.id)),
        user_ids=tuple(sorted(row.external_id for row in rows if row.external_id is not None)),
        anonymous_ids=tuple(aliases),
    )
