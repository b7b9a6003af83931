"""What staff do with an account beyond letting it in or keeping it out."""

from sqlalchemy import delete

from app.accounts import queries
from app.accounts.models import Account, RecoveryCode, SecondFactor
from app.accounts.operations.passwords import send_reset
from app.accounts.operations.tokens import page_of_ours
from app.core.audit import record
from app.core.db import session
from app.core.errors import Conflict
from app.core.outbox import send_mail


def send_password_reset(account: Account) -> None:
    """Mail a link to set a new password to somebody who may sign in with one."""
    if account.status not in {"active", "pending_verification"}:
        raise Conflict("cannot_sign_in", "This account may not sign in. Reactivate it first.")
    record("password_reset.sent", "account", account.id)
    send_reset(account)


def remove_second_factor_of(account: Account, reason: str) -> None:
    """Let somebody who lost their authenticator sign in by the password alone, and tell them so."""
    if not queries.has_second_factor(account.id):
        raise Conflict("second_factor_off", "Two-step sign-in is off already.")
    session.execute(delete(SecondFactor).where(SecondFactor.account_id == account.id))
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    record("second_factor.removed", "account", account.id, reason=reason)
    send_mail(
        account.email,
        "staff/second_factor_removed",
        name=account.name,
        reason=reason,
        security=page_of_ours("/account/security"),
    )
