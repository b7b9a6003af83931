"""Signing in: the password, then the second step where there is one, then a session."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hmac import compare_digest
from typing import Literal
from uuid import UUID

from app.accounts import queries
from app.accounts.models import Account
from app.accounts.operations.second_factor import accept_code
from app.accounts.operations.sessions import open_session
from app.accounts.operations.tokens import page_of_ours
from app.accounts.passwords import hash_password, is_outdated, password_fits
from app.core.actor import Actor, act_as
from app.core.audit import record
from app.core.clock import now
from app.core.crypto import keyed_hash
from app.core.db import session
from app.core.errors import Conflict
from app.core.outbox import send_mail

Outcome = Literal["refused", "unverified", "suspended", "second_step", "complete"]


@dataclass(frozen=True)
class Attempt:
    """How a password was received. A failed one is written down, so it is told, not raised."""

    outcome: Outcome
    account: Account | None = None


@dataclass(frozen=True)
class Browser:
    """Where somebody signs in; `known` when this account was seen in it before."""

    device: str
    address: str
    known: bool = False


def try_password(email: str, password: str) -> Attempt:
    """Compare a password, in the same time whether or not there is such an account."""
    account = queries.account_at(email)
    fits = password_fits(password, account.password_hash if account else None)
    if account is None or not fits:
        record("sign_in.failed", "account", account.id if account else "unknown", at="password")
        return Attempt("refused")
    if account.password_hash and is_outdated(account.password_hash):
        account.password_hash = hash_password(password)
    if account.status == "pending_verification":
        return Attempt("unverified", account)
    if account.status != "active":
        record("sign_in.failed", "account", account.id, at=account.status)
        return Attempt("suspended", account)
    return Attempt("second_step" if queries.has_second_factor(account.id) else "complete", account)


def password_mark(account: Account) -> str:
    """What a browser keeps between the two steps: worth nothing once the password is another."""
    return urlsafe_b64encode(keyed_hash(account.password_hash or "", "second step")[:16]).decode()


def try_second_step(account_id: UUID, mark: str, code: str) -> Attempt:
    """Compare a code of the authenticator, or a recovery code, after the password was right."""
    account = session.get(Account, account_id)
    if account is None or account.status != "active" or not compare_digest(password_mark(account), mark):
        return Attempt("suspended")
    if not accept_code(account, code):
        record("sign_in.failed", "account", account.id, at="second_step")
        return Attempt("refused", account)
    return Attempt("complete", account)


def complete_sign_in(account: Account, browser: Browser, *, remember: bool) -> str:
    """Open the session and return its token; tell the account's owner about a browser never seen before."""
    checked = account.password_hash
    # The lock ends the race with a new password or a suspension: either they wait and end this session too, or this
    # waits and finds that what was checked no longer holds.
    session.flush()
    session.refresh(account, with_for_update=True)
    if account.password_hash != checked or account.status != "active":
        raise Conflict("account_changed", "The account was changed at this moment. Sign in again.")
    act_as(Actor("account", account.id))
    if account.last_login_at is not None and not browser.known:
        send_mail(
            account.email,
            "accounts/new_sign_in",
            name=account.name,
            device=browser.device,
            address=browser.address,
            at=now(),
            sessions=page_of_ours("/account/sessions"),
        )
    account.last_login_at = now()
    account.last_login_ip = browser.address
    token = open_session(account, device=browser.device, address=browser.address, remember=remember)
    record("session.opened", "account", account.id, device=browser.device)
    return token
