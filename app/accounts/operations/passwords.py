"""Forgotten and changed passwords."""

from uuid import UUID

from app.accounts import queries
from app.accounts.models import Account
from app.accounts.operations.sessions import end_sessions
from app.accounts.operations.sign_up import confirm_address
from app.accounts.operations.tokens import mailed_link, page_of_ours, use_token, void_tokens
from app.accounts.passwords import hash_password, password_fits, refuse_weak
from app.core.audit import record
from app.core.clock import now
from app.core.errors import Invalid, Missing
from app.core.outbox import send_mail


def prove_password(account: Account, password: str) -> None:
    """Raise unless this is the account's password: for what a borrowed screen must not be enough for."""
    if not password_fits(password, account.password_hash):
        raise Invalid("password_wrong", "This is not your password.", field="password")


def request_reset(email: str) -> None:
    """Send a link to set a new password, where there is somebody to send it to."""
    account = queries.account_at(email)
    known = account is not None and account.status in {"active", "pending_verification"}
    record("password_reset.requested", "account", account.id if account else "unknown")
    if account is not None and known:
        send_reset(account)


def send_reset(account: Account) -> None:
    link = mailed_link(account, "reset_password", "/password/reset", email=account.email)
    send_mail(account.email, "accounts/reset_password", name=account.name, link=link)


def account_for_reset(token: str) -> Account:
    """Whose password this link sets."""
    found = queries.open_token(token, "reset_password")
    if found is None or found[0].email != found[1].email:
        raise Missing("link_used_up", "This link was used already, or is too old. Ask for a new one.")
    return found[1]


def reset_password(token: str, password: str) -> Account:
    """Set a new password by a mailed link; every session ends."""
    account = account_for_reset(token)
    refuse_weak(password, name=account.name, email=account.email)
    use_token(token, "reset_password")
    if account.status == "pending_verification":
        # The link came by mail, so the mailbox is theirs.
        confirm_address(account)
    _set(account, password)
    end_sessions(account)
    return account


def change_password(account: Account, old: str, new: str, *, but: UUID) -> None:
    """Replace the password; every session but the one named ends."""
    if not password_fits(old, account.password_hash):
        raise Invalid("password_wrong", "This is not your password.", field="old_password")
    refuse_weak(new, name=account.name, email=account.email, field="new_password")
    _set(account, new)
    end_sessions(account, but=but)


def _set(account: Account, password: str) -> None:
    account.password_hash = hash_password(password)
    void_tokens(account.id, "reset_password", "change_email", "verify_email")
    record("password.changed", "account", account.id)
    send_mail(
        account.email,
        "accounts/password_changed",
        name=account.name,
        at=now(),
        forgotten=page_of_ours("/password/forgotten"),
    )
