"""Who a person is: by their id, by the app's own user id, and by which ids they are known."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, exists, null, or_, select, union_all
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
    """Every row and id of the person to whom this id leads; asked for by all that a person's page shows, so at once."""
    here, row = required_workspace(), aliased(Person)
    root = select(root_of(row)).where(row.workspace_id == here, row.id == person_id).scalar_subquery()
    rows = select(Person.id, Person.merged_into, Person.external_id, null().label("alias")).where(
        Person.workspace_id == here, or_(Person.id == root, Person.merged_into == root)
    )
    aliases = select(null(), null(), null(), PersonAlias.alias).where(
        PersonAlias.workspace_id == here, PersonAlias.person_id == root, IS_ANONYMOUS_ID
    )
    found: Sequence[Any] = session.execute(union_all(rows, aliases)).all()
    if not found:
        raise Missing
    people = sorted((one for one in found if one.id), key=lambda one: (one.merged_into is not None, one.id))
    return Names(
        person_ids=tuple(one.id for one in people),
        user_ids=tuple(sorted(one.external_id for one in people if one.external_id is not None)),
        anonymous_ids=tuple(sorted(one.alias for one in found if one.alias is not None)),
    )
