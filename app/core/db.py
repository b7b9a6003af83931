"""One transaction a request or job, ended here and nowhere else."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, Response, current_app, g
from flask.typing import ResponseReturnValue
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import Engine, MetaData, event
from sqlalchemy.orm import SessionTransaction

AfterCommit = Callable[[], None]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Session(FlaskSession):
    """Talks as the role app, or as staff where `g.role` says so before the first query."""

    def get_bind(self, *_: Any, **__: Any) -> Engine:
        return db.engines["staff" if g.get("role") == "staff" else None]


db = SQLAlchemy(metadata=metadata, session_options={"class_": Session})
session = db.session


def after_commit(call: AfterCommit) -> None:
    """Do this once the transaction is durable; forget it when the transaction or its savepoint rolls back."""
    _waiting().append(call)


def _waiting() -> list[AfterCommit]:
    if "after_commit" not in g:
        g.after_commit = []
    waiting: list[AfterCommit] = g.after_commit
    return waiting


@event.listens_for(Session, "after_transaction_create")
def _mark(_session: Session, transaction: SessionTransaction) -> None:
    _marks()[transaction] = len(_waiting())


@event.listens_for(Session, "after_soft_rollback")
def _forget(_session: Session, transaction: SessionTransaction) -> None:
    del _waiting()[_marks().pop(transaction, 0) :]


def _marks() -> dict[SessionTransaction, int]:
    if "after_commit_marks" not in g:
        g.after_commit_marks = {}
    marks: dict[SessionTransaction, int] = g.after_commit_marks
    return marks


def commit() -> None:
    """Make the transaction durable, then do what waited for that."""
    _if_begun(session.commit)
    waiting, g.after_commit = _waiting(), []
    g.after_commit_marks = {}
    for call in waiting:
        call()


def rollback() -> None:
    _if_begun(session.rollback)
    g.after_commit = []
    g.after_commit_marks = {}


def _if_begun(end: Callable[[], None]) -> None:
    # Whoever asked nothing of the database has no session, and making one only to end it is not free.
    if session.registry.has():
        end()


@contextmanager
def transaction(*, role: str = "app") -> Iterator[None]:
    """One transaction outside a request, in an application context of its own."""
    with current_app._get_current_object().app_context():  # type: ignore[attr-defined]
        g.role = role
        try:
            yield
        except BaseException:
            rollback()
            raise
        commit()


class TransactionalFlask(Flask):
    """Ends the request's transaction: an answer that is returned commits, an error that is raised rolls back."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        # No view is async, and asking each of them in every request is not free.
        return func

    def preprocess_request(self) -> ResponseReturnValue | None:
        answer = super().preprocess_request()
        return None if answer is None else self._committed(answer)

    def dispatch_request(self) -> ResponseReturnValue:
        return self._committed(super().dispatch_request())

    def _committed(self, answer: ResponseReturnValue) -> Response:
        # The response is made first, so that an answer that cannot be written down rolls back.
        response = self.make_response(answer)
        commit()
        return response

    def handle_user_exception(self, e: Exception) -> Any:
        rollback()
        return super().handle_user_exception(e)
