"""Everything that the home page counts: what there is in one question, how it went in two more."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Row,
    ScalarSelect,
    Select,
    Subquery,
    Uuid,
    and_,
    bindparam,
    exists,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute

from app.accounts.models import SecondFactor
from app.core.clock import now
from app.core.db import session
from app.core.ids import first_id_at
from app.core.tables import AuditEntry, OutboxMessage
from app.events.models import EventFailure, EventQueue, EventRejection
from app.events.queries.overview import has_come, is_counted, is_stored
from app.notifications.queries import UNREAD
from app.webhooks.models import WebhookEndpoint
from app.workspaces.models import ApiKey, App, Membership, TeamInvite
from app.workspaces.queries.team import is_open
from app.workspaces.queries.workspaces import OWN

# Nobody counts further for a notice, however much there is.
MOST = 1000
LATE, LATELY = timedelta(minutes=5), timedelta(days=1)
KEYS_SOON = timedelta(days=14)
INVITES_SOON = timedelta(days=2)

_here, _me = bindparam("here", type_=Uuid()), bindparam("me", type_=Uuid())
_now, _keys_soon, _invites_soon = (
    bindparam(name, type_=DateTime(timezone=True)) for name in ("now", "keys_soon", "invites_soon")
)
_late, _lately = bindparam("late", type_=Uuid()), bindparam("lately", type_=Uuid())


def figures(workspace_id: UUID, account_id: UUID) -> Row[*tuple[Any, ...]]:
    """What there is in the workspace, and how much of it wants a look."""
    at = now()
    asked = {
        "here": workspace_id,
        "me": account_id,
        "now": at,
        "keys_soon": at + KEYS_SOON,
        "invites_soon": at + INVITES_SOON,
        "late": first_id_at(at - LATE),
        "lately": first_id_at(at - LATELY),
    }
    return session.execute(_FIGURES, asked).one()


def state(workspace_id: UUID, account_id: UUID) -> Row[*tuple[Any, ...]]:
    """The little that tells whether the home page would show the same as before."""
    return session.execute(_STATE, {"here": workspace_id, "me": account_id}).one()


def workspaces_and_unread(account_id: UUID, workspace_id: UUID | None) -> Sequence[Row[*tuple[Any, ...]]]:
    """The workspaces of an account, each beside the number of what it has not read in the current one."""
    return session.execute(_FRAME, {"me": account_id, "here": workspace_id}).all()


def _side_by_side(first: Subquery, *others: Subquery) -> Select[*tuple[Any, ...]]:
    rows: Any = first
    for other in others:
        rows = rows.join(other, true())
    return select(first, *others).select_from(rows)


def _some(
    which: ColumnElement[bool], label: str, example: InstrumentedAttribute[str] | ColumnElement[str]
) -> list[ColumnElement[Any]]:
    """How many there are of a sort, and one of them by name."""
    count = func.count().filter(which).label(label)
    return [count, func.min(example).filter(which).label(f"{label}_one")]


def _apps() -> Subquery:
    return (
        select(
            func.count().label("apps"),
            *_some(App.status == "pending_review", "apps_in_review", App.name),
            *_some(App.status == "suspended", "apps_suspended", App.name),
        )
        .where(App.workspace_id == _here)
        .subquery()
    )


def _keys() -> Subquery:
    is_live = and_(ApiKey.revoked_at.is_(None), or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > _now))
    ends_soon = is_live & (ApiKey.expires_at < _keys_soon)
    return (
        select(
            func.count().filter(is_live).label("live_keys"),
            *_some(ends_soon & ApiKey.replaced_by.is_(None), "keys_expiring", ApiKey.name),
            *_some(ends_soon & ApiKey.replaced_by.is_not(None), "keys_overlapping", ApiKey.name),
            func.min(ApiKey.expires_at).filter(ends_soon).label("next_key_ends_at"),
        )
        .where(ApiKey.workspace_id == _here)
        .subquery()
    )


def _team() -> Subquery:
    protected = exists().where(SecondFactor.account_id == Membership.account_id, SecondFactor.confirmed_at.is_not(None))
    is_bare = (Membership.role == "owner") & ~protected
    return (
        select(
            func.count().label("members"),
            func.count().filter(is_bare).label("owners_bare"),
            func.count().filter(is_bare, Membership.account_id == _me).label("is_bare_owner"),
        )
        .where(Membership.workspace_id == _here)
        .subquery()
    )


def _invites() -> Subquery:
    ends_soon = (TeamInvite.expires_at > _now) & (TeamInvite.expires_at < _invites_soon)
    return (
        select(
            func.count().label("invites"),
            *_some(ends_soon, "invites_expiring", TeamInvite.email),
            *_some(TeamInvite.expires_at <= _now, "invites_expired", TeamInvite.email),
        )
        .where(TeamInvite.workspace_id == _here, is_open())
        .subquery()
    )


def _letters() -> Subquery:
    return (
        select(func.count().label("letters_failed"))
        .where(OutboxMessage.workspace_id == _here, OutboxMessage.status == "failed")
        .subquery()
    )


def _events() -> Subquery:
    failed = (EventFailure.workspace_id == _here, EventFailure.settled_at.is_(None))
    waiting = (EventQueue.workspace_id == _here, EventQueue.id < _late)
    refused = (EventRejection.workspace_id == _here, EventRejection.id >= _lately)
    return select(
        has_come(_here).label("has_begun"),
        _up_to_most(EventFailure.id, *failed).label("events_failed"),
        _up_to_most(EventQueue.id, *waiting).label("events_late"),
        _up_to_most(EventRejection.id, *refused).label("events_refused"),
    ).subquery()


def _up_to_most(column: InstrumentedAttribute[UUID], *which: ColumnElement[bool]) -> ScalarSelect[int]:
    found = select(column).where(*which).limit(MOST).subquery()
    return select(func.count()).select_from(found).scalar_subquery()


def _webhooks() -> Subquery:
    # Whoever turned one off by hand knows.
    is_off = WebhookEndpoint.disabled_because != "by_hand"
    return (
        select(*_some(is_off, "webhooks_off", func.coalesce(WebhookEndpoint.description, "A webhook")))
        .where(WebhookEndpoint.workspace_id == _here)
        .subquery()
    )


# Put together once: these are asked by every look at the home page.
_FIGURES = _side_by_side(_apps(), _keys(), _team(), _invites(), _letters(), _events(), _webhooks())

_STATE = select(
    # Whatever a member changes is written into the log; the rest happens by itself, or elsewhere.
    select(AuditEntry.id).where(AuditEntry.workspace_id == _here).order_by(AuditEntry.id.desc()).limit(1).label("last"),
    # From the first event on, and from when it is counted, everything is different.
    is_stored(_here).label("is_stored"),
    is_counted(_here).label("is_counted"),
    select(func.count()).where(OutboxMessage.workspace_id == _here, OutboxMessage.status == "failed").label("failed"),
    select(func.count()).where(Membership.account_id == _me).label("workspaces"),
    select(func.max(SecondFactor.confirmed_at)).where(SecondFactor.account_id == _me).label("protected_at"),
    UNREAD.label("unread"),
)

_FRAME = OWN.add_columns(UNREAD.scalar_subquery().label("unread"))
