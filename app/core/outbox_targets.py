"""Everything that is to be told to one other side, at once: given up, sent again, put off, forgotten."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, or_, update

from app.core.clock import now
from app.core.db import session
from app.core.outbox import ring
from app.core.tables import OutboxMessage
from app.core.tenancy import required_workspace


def give_up_all(target_id: UUID, why: str) -> int:
    """Try none of its waiting messages any more; what is under way at this moment is left to its worker."""
    return _changed(_idle(target_id), status="failed", next_attempt_at=None, claimed_until=None, last_error=why)


def resend_failed(channel: str, target_id: UUID) -> int:
    """Deliver everything again that could not be delivered to it, with all its attempts; returns how much that is."""
    failed = and_(_of(target_id), OutboxMessage.status == "failed")
    count = _changed(failed, status="waiting", attempts=0, next_attempt_at=now())
    if count:
        ring(required_workspace(), channel)
    return count


def put_off(target_id: UUID, until: datetime) -> None:
    """Leave the other side alone: none of its messages is due before this."""
    _changed(_idle(target_id), next_attempt_at=func.greatest(OutboxMessage.next_attempt_at, until))


def wake(channel: str, target_id: UUID) -> None:
    """What was put off and never tried is due now."""
    resting = and_(_idle(target_id), OutboxMessage.attempts == 0, OutboxMessage.next_attempt_at > now())
    if _changed(resting, next_attempt_at=now()):
        ring(required_workspace(), channel)


def readdress(target_id: UUID, destination: str) -> None:
    """The other side moved: what waits goes to its new address."""
    _changed(and_(_of(target_id), OutboxMessage.status == "waiting"), destination=destination)


def forget_messages(target_id: UUID) -> None:
    session.execute(delete(OutboxMessage).where(_of(target_id)), execution_options={"synchronize_session": False})


def _of(target_id: UUID) -> ColumnElement[bool]:
    return and_(OutboxMessage.workspace_id == required_workspace(), OutboxMessage.target_id == target_id)


def _idle(target_id: UUID) -> ColumnElement[bool]:
    """Waiting, and in no living worker's hands."""
    free = or_(OutboxMessage.claimed_until.is_(None), OutboxMessage.claimed_until <= now())
    return and_(_of(target_id), OutboxMessage.status == "waiting", free)


def _changed(which: ColumnElement[bool], **values: Any) -> int:
    done = session.execute(
        update(OutboxMessage).where(which).values(**values), execution_options={"synchronize_session": False}
    )
    return int(done.rowcount)  # type: ignore[attr-defined]
