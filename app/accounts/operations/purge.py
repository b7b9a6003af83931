"""Taking away what has ended."""

from datetime import timedelta

from sqlalchemy import delete, select

from app.accounts.models import Account, AccountSession, AccountToken, SecondFactor
from app.core.clock import now
from app.core.db import session

SESSIONS_KEPT = timedelta(days=30)
TOKENS_KEPT = timedelta(days=7)
SET_UP_KEPT = timedelta(days=1)
UNVERIFIED_KEPT = timedelta(days=30)


def purge() -> None:
    """Forget ended sessions, old links, set-ups left half-way, and accounts whose address nobody confirmed."""
    forgotten = select(Account.id).where(
        Account.status == "pending_verification", Account.created_at < now() - UNVERIFIED_KEPT
    )
    for rows in (
        delete(AccountSession).where(AccountSession.expires_at < now() - SESSIONS_KEPT),
        delete(AccountSession).where(AccountSession.revoked_at < now() - SESSIONS_KEPT),
        delete(AccountToken).where(AccountToken.expires_at < now() - TOKENS_KEPT),
        delete(SecondFactor).where(SecondFactor.confirmed_at.is_(None), SecondFactor.created_at < now() - SET_UP_KEPT),
        delete(AccountToken).where(AccountToken.account_id.in_(forgotten)),
        delete(Account).where(Account.id.in_(forgotten)),
    ):
        session.execute(rows.execution_options(synchronize_session=False))
