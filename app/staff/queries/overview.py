"""What waits for staff, and how large the installation is."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ScalarSelect, Select, func, select

from app.accounts.models import Account
from app.core.chores import PARTITIONED
from app.core.clock import now
from app.core.db import session
from app.core.tables import OutboxMessage
from app.core.tenancy import SYSTEM_WORKSPACE
from app.staff.queries.apps import apps_to_review
from app.workspaces.models import App, Workspace


@dataclass(frozen=True)
class Figures:
    accounts: int
    unverified_accounts: int
    workspaces: int
    doomed_workspaces: int
    apps: int
    apps_to_review: int
    failed_messages: int
    mails_sent_today: int


def figures() -> Figures:
    """All of them in one question."""
    midnight = now().replace(hour=0, minute=0, second=0, microsecond=0)
    accounts = select(Account.id).where(Account.deleted_at.is_(None))
    workspaces = select(Workspace.id).where(Workspace.id != SYSTEM_WORKSPACE)
    messages = select(OutboxMessage.id)
    return Figures(
        *session.execute(
            select(
                _count(accounts),
                _count(accounts.where(Account.status == "pending_verification")),
                _count(workspaces.where(Workspace.deleted_at.is_(None))),
                _count(workspaces.where(Workspace.deleted_at.is_not(None))),
                _count(select(App.id)),
                _count(apps_to_review()),
                _count(messages.where(OutboxMessage.status == "failed")),
                _count(messages.where(OutboxMessage.channel == "email", OutboxMessage.sent_at >= midnight)),
            )
        ).one()
    )


def strayed_rows() -> dict[str, int]:
    """Tables with rows that lie in no month's partition, because nobody made one in time; counted up to a thousand."""
    counted = session.execute(select(*(func.strayed_rows(table).label(table) for table in PARTITIONED))).one()._mapping
    return {table: rows for table, rows in counted.items() if rows}


def _count(query: Select[*tuple[Any, ...]]) -> ScalarSelect[int]:
    return select(func.count()).select_from(query.order_by(None).subquery()).scalar_subquery()
