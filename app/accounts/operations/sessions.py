"""Opening, renewing and ending the sessions of an account."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import update

from app.accounts import queries
from app.accounts.models import Account, AccountSession
from app.core import crypto
from app.core.audit import record
from app.core.clock import now
from app.core.db import session
from app.core.errors import Missing

REMEMBERED = timedelta(days=30)
BRIEF = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=5)


def open_session(account: Account, *, device: str, address: str, remember: bool) -> str:
    """Sign a browser in and return the token that it will show."""
    token = crypto.token()
    session.add(
        AccountSession(
            account_id=account.id,
            token_hash=crypto.digest(token),
            device=device,
            ip=address,
            last_seen_at=now(),
            expires_at=now() + (REMEMBERED if remember else BRIEF),
        )
    )
    return token


def come_back(token: str, *, address: str) -> tuple[AccountSession, Account] | None:
    """The session and account that this token stands for, seen once more."""
    found = queries.live_session(token)
    # Written now and then only: most requests change nothing.
    if found and found[0].last_seen_at < now() - SEEN_EVERY:
        found[0].last_seen_at = now()
        found[0].ip = address
    return found


def renew_token(open_session: AccountSession) -> str:
    """Give the session another token, so that one that was seen before a change of rights is worth nothing after it."""
    token = crypto.token()
    open_session.token_hash = crypto.digest(token)
    return token


def end_session(account: Account, session_id: UUID) -> AccountSession:
    """End one of the account's sessions; ending it again changes nothing."""
    found = session.get(AccountSession, session_id)
    if found is None or found.account_id != account.id:
        raise Missing
    if found.revoked_at is None:
        found.revoked_at = now()
        record("session.ended", "account", account.id, device=found.device)
    return found


def end_sessions(account: Account, *, but: UUID | None = None) -> int:
    """End all sessions of the account, or all but one; returns how many there were."""
    # What was changed before, a password above all, holds the account's row: a sign-in that runs at the same time
    # has either committed its session, which is found here, or will see the change and be refused.
    session.flush()
    ended = session.execute(
        update(AccountSession)
        .where(AccountSession.account_id == account.id, AccountSession.revoked_at.is_(None), AccountSession.id != but)
        .values(revoked_at=now())
        .returning(AccountSession.id)
    ).all()
    if ended:
        record("sessions.ended", "account", account.id, count=len(ended))
    return len(ended)
