"""Every session of a test shares one connection, whose transaction is rolled back at its end."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import g
from sqlalchemy import Connection, NullPool, create_engine, event, make_url, text
from sqlalchemy.orm import SessionTransaction

from app.core import chores
from app.core.db import Session, session
from app.factory import Guerdon
from tests.support.servers import TestServers


@contextmanager
def shared_connection(app: Guerdon, servers: TestServers) -> Iterator[None]:
    database = str(make_url(app.settings.database_url).database)
    # An administrator's connection, which takes the role of each session in turn.
    engine = create_engine(servers.servers.url("postgres", database), poolclass=NullPool)
    with engine.connect() as connection, connection.begin() as outer:

        def bind(*_: Any, **__: Any) -> Connection:
            return connection

        def take_role(_session: Session, begun: SessionTransaction, connection: Connection) -> None:
            if not begun.nested:
                connection.execute(text(f"SET LOCAL ROLE guerdon_{g.get('role', 'app')}"))
                # The scope of the session before, which a transaction of its own would have forgotten.
                connection.execute(text("SET LOCAL app.workspace_id = ''"))

        def check_deferred(session: Session) -> None:
            # Under savepoints nothing is ever committed, so deferred constraints are asked for here.
            session.flush()
            session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
            session.execute(text("SET CONSTRAINTS ALL DEFERRED"))

        # One connection is no place for several threads.
        lanes, chores.LANES = chores.LANES, dict.fromkeys(chores.LANES, 1)
        original = Session.get_bind
        Session.get_bind = bind  # type: ignore[method-assign,assignment]
        session.session_factory.configure(join_transaction_mode="create_savepoint")
        # Before the announcement of the scope, which the role must be allowed to make.
        event.listen(Session, "after_begin", take_role, insert=True)
        event.listen(Session, "before_commit", check_deferred)
        try:
            yield
        finally:
            event.remove(Session, "before_commit", check_deferred)
            event.remove(Session, "after_begin", take_role)
            session.remove()
            session.session_factory.configure(join_transaction_mode="conditional_savepoint")
            Session.get_bind = original  # type: ignore[method-assign]
            chores.LANES = lanes
            outer.rollback()
    engine.dispose()
