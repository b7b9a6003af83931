"""Reads of accounts and what belongs to them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import DateTime, LargeBinary, bindparam, exists, func, select
from sqlalchemy.orm import load_only

from app.accounts.addresses import address_key
from app.accounts.models import Account, AccountSession, AccountToken, RecoveryCode, SecondFactor
from app.core.clock import now
from app.core.crypto import digest
from app.core.db import session
from app.core.errors import Missing


def account(account_id: UUID) -> Account:
    """The account of this id, unless it was deleted."""
    found = session.scalar(select(Account).where(Account.id == account_id, Account.deleted_at.is_(None)))
    if found is None:
        raise Missing
    return found


def account_at(address: str) -> Account | None:
    """The account that signs in with this address."""
    return session.scalar(
        select(Account).where(Account.email_key == address_key(address), Account.deleted_at.is_(None))
    )


def anybody_verified() -> bool:
    """Whether this installation ever had an account that was good for something."""
    return bool(session.scalar(select(exists().where(Account.email_verified_at.is_not(None)))))


def other_active_staff(account_id: UUID) -> int:
    """How many members of staff there are but this one."""
    query = select(func.count()).where(
        Account.is_staff, Account.status == "active", Account.deleted_at.is_(None), Account.id != account_id
    )
    return session.scalar(query) or 0


def live_session(token: str) -> tuple[AccountSession, Account] | None:
    """The session that this token opens, with its account; nothing when either has ended."""
    row = session.execute(_LIVE, {"token_hash": digest(token), "at": now()}).one_or_none()
    return None if row is None else (row[0], row[1])


# Put together once, and of no more columns than pages show: every page of whoever is signed in asks it.
_LIVE = (
    select(AccountSession, Account)
    .join(Account, Account.id == AccountSession.account_id)
    .options(
        load_only(AccountSession.account_id, AccountSession.last_seen_at),
        load_only(
            *(Account.name, Account.email, Account.email_key, Account.status),
            *(Account.locale, Account.timezone, Account.is_staff),
        ),
    )
    .where(
        AccountSession.token_hash == bindparam("token_hash", type_=LargeBinary()),
        AccountSession.revoked_at.is_(None),
        AccountSession.expires_at > bindparam("at", type_=DateTime(timezone=True)),
        Account.status == "active",
        Account.deleted_at.is_(None),
    )
)


def sessions_of(account_id: UUID) -> Sequence[AccountSession]:
    """Where the account is signed in, the latest seen first."""
    return session.scalars(
        select(AccountSession)
        .where(
            AccountSession.account_id == account_id,
            AccountSession.revoked_at.is_(None),
            AccountSession.expires_at > now(),
        )
        .order_by(AccountSession.last_seen_at.desc(), AccountSession.id.desc())
        .limit(100)
    ).all()


def second_factor(account_id: UUID) -> SecondFactor | None:
    """The second factor, in use or still being set up."""
    return session.scalar(select(SecondFactor).where(SecondFactor.account_id == account_id))


def has_second_factor(account_id: UUID) -> bool:
    found = second_factor(account_id)
    return found is not None and found.confirmed_at is not None


def recovery_codes_left(account_id: UUID) -> int:
    query = select(func.count()).where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    return session.scalar(query) or 0


def open_token(token: str, purpose: str) -> tuple[AccountToken, Account] | None:
    """The mailed link of this token and its account, while it is good."""
    row = session.execute(
        select(AccountToken, Account)
        .join(Account, Account.id == AccountToken.account_id)
        .where(
            AccountToken.token_hash == digest(token),
            AccountToken.purpose == purpose,
            AccountToken.used_at.is_(None),
            AccountToken.expires_at > now(),
            Account.deleted_at.is_(None),
        )
    ).one_or_none()
    return None if row is None else (row[0], row[1])
