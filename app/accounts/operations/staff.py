"""What staff do with other people's accounts."""

from sqlalchemy import text

from app.accounts import queries
from app.accounts.models import Account
from app.accounts.operations.sessions import end_sessions
from app.core.audit import record
from app.core.db import session
from app.core.errors import Conflict
from app.core.outbox import send_mail

# One number of our own for `pg_advisory_xact_lock`.
STAFF_LOCK = 7_301_002


def suspend_account(account: Account, reason: str = "") -> None:
    """Keep somebody out until they are let in again; their sessions end."""
    if account.status == "suspended":
        raise Conflict("already_suspended", "This account is suspended already.")
    if account.is_staff:
        keep_one_staff(account)
    account.status = "suspended"
    record("account.suspended", "account", account.id, reason=reason)
    end_sessions(account)
    send_mail(account.email, "accounts/suspended", name=account.name, reason=reason)


def reactivate_account(account: Account) -> None:
    """Let somebody in again."""
    if account.status != "suspended":
        raise Conflict("not_suspended", "This account is not suspended.")
    account.status = "active" if account.email_verified_at else "pending_verification"
    record("account.reactivated", "account", account.id)
    send_mail(account.email, "accounts/reactivated", name=account.name)


def make_staff(account: Account) -> None:
    """Let somebody run the installation."""
    if account.status != "active":
        raise Conflict("not_active", "Only an active account can be staff.")
    if account.is_staff:
        raise Conflict("already_staff", "This account is staff already.")
    account.is_staff = True
    record("staff.added", "account", account.id)


def revoke_staff(account: Account) -> None:
    """Take the running of the installation from somebody."""
    if not account.is_staff:
        raise Conflict("not_staff", "This account is not staff.")
    keep_one_staff(account)
    account.is_staff = False
    record("staff.removed", "account", account.id)
    # What is open in a browser was opened with more rights than are left.
    end_sessions(account)


def keep_one_staff(account: Account) -> None:
    """Raise when nobody else could run the installation."""
    # Two of the last members of staff may leave at once; the second waits here and then counts anew.
    session.execute(text(f"SELECT pg_advisory_xact_lock({STAFF_LOCK})"))
    if not queries.other_active_staff(account.id):
        raise Conflict("last_staff", "Nobody else runs this installation. Make another account staff first.")
