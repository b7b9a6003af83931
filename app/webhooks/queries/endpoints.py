"""Reads about endpoints."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from app.core.db import session
from app.core.errors import Missing
from app.core.tables import AuditEntry
from app.core.tenancy import required_workspace
from app.webhooks.models import WebhookEndpoint

STATES = {"active": "Active", "failing": "Failing", "disabled": "Disabled"}


def subscribers_to(type: str) -> Sequence[WebhookEndpoint]:
    """The living endpoints that want to hear of this type."""
    # There are a handful a workspace, so they are read and looked through here: the database could not use an index
    # for what a list contains.
    living = select(WebhookEndpoint).where(
        WebhookEndpoint.workspace_id == required_workspace(), WebhookEndpoint.disabled_at.is_(None)
    )
    return [endpoint for endpoint in session.scalars(living) if type in endpoint.types]


def endpoints(search: str = "", state: str | None = None) -> Select[WebhookEndpoint]:
    """The workspace's endpoints."""
    query = select(WebhookEndpoint)
    if search:
        query = query.where(
            or_(
                WebhookEndpoint.url.icontains(search, autoescape=True),
                WebhookEndpoint.description.icontains(search, autoescape=True),
            )
        )
    return query.where(in_state(state)) if state else query


def in_state(state: str) -> ColumnElement[bool]:
    """One of STATES."""
    if state == "disabled":
        return WebhookEndpoint.disabled_at.is_not(None)
    failing = WebhookEndpoint.failing_since
    return and_(
        WebhookEndpoint.disabled_at.is_(None), failing.is_not(None) if state == "failing" else failing.is_(None)
    )


def endpoint_by_id(endpoint_id: UUID, *, lock: bool = False) -> WebhookEndpoint:
    """One endpoint of the workspace; what is another's does not exist."""
    query = select(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id)
    if lock:
        # Weaker than FOR UPDATE, so that it does not wait for attempts that refer to the endpoint.
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None:
        raise Missing
    return found


def endpoint_to_delete(endpoint_id: UUID) -> WebhookEndpoint:
    """One endpoint, held so that no attempt at it can be written until it is gone."""
    found = session.scalar(
        select(WebhookEndpoint)
        .where(WebhookEndpoint.id == endpoint_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise Missing
    return found


def find_endpoint(endpoint_id: UUID) -> WebhookEndpoint | None:
    return session.scalar(select(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id))


def count_endpoints() -> int:
    return session.scalar(select(func.count()).select_from(WebhookEndpoint)) or 0


def history_of_endpoint(endpoint_id: UUID, most: int = 8) -> Sequence[AuditEntry]:
    """What was done lately to an endpoint."""
    return session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject_kind == "webhook", AuditEntry.subject_id == str(endpoint_id))
        .order_by(AuditEntry.id.desc())
        .limit(most)
    ).all()
