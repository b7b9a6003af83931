"""Which workspace the current transaction may see; row level security reads it from the connection."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from flask import g
from sqlalchemy import Connection, event
from sqlalchemy.orm import SessionTransaction

from app.core.actor import SYSTEM, Actor, act_as
from app.core.db import Session, session, transaction

# Mail, audit entries and outbox rows that belong to no developer live in this workspace.
SYSTEM_WORKSPACE = UUID("00000000-0000-7000-8000-000000000001")


def current_workspace() -> UUID | None:
    workspace_id: UUID | None = g.get("workspace_id")
    return workspace_id


def required_workspace() -> UUID:
    workspace_id = current_workspace()
    if workspace_id is None:
        raise RuntimeError("A tenant row was made outside a workspace's scope.")
    return workspace_id


def enter(workspace_id: UUID | None) -> None:
    """Work in this workspace for the rest of the request or unit of work."""
    under_way = session.registry.has() and session().in_transaction()
    if under_way:
        # What is pending belongs to the scope it was made in.
        session.flush()
    g.workspace_id = workspace_id
    if under_way:
        _announce(session.connection())


@contextmanager
def scope(workspace_id: UUID | None) -> Iterator[None]:
    """Work in this workspace for a while."""
    before = current_workspace()
    enter(workspace_id)
    try:
        yield
    finally:
        enter(before)


@contextmanager
def unit_of_work(workspace_id: UUID | None = None, *, role: str = "app", actor: Actor = SYSTEM) -> Iterator[None]:
    """One transaction outside a request: in a job, a command, a test."""
    with transaction(role=role):
        act_as(actor)
        enter(workspace_id)
        yield


def _announce(connection: Connection) -> None:
    # A validated literal, never a stranger's text: set_config() would not reach the nodes of a distributed database.
    connection.exec_driver_sql(f"SET LOCAL app.workspace_id = '{current_workspace() or ''}'")


@event.listens_for(Session, "after_begin")
def _announce_at_begin(_session: Session, begun: SessionTransaction, connection: Connection) -> None:
    # A transaction begins without a scope, so that there is nothing to say of none.
    if not begun.nested and current_workspace() is not None:
        _announce(connection)
