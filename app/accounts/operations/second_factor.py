"""The second step of signing in: codes of an authenticator app, and recovery codes for when it is lost."""

import secrets
from hmac import compare_digest

import pyotp
from sqlalchemy import delete, update

from app.accounts import queries
from app.accounts.models import Account, RecoveryCode, SecondFactor
from app.accounts.operations.tokens import page_of_ours
from app.core.audit import record
from app.core.clock import now
from app.core.crypto import keyed_hash
from app.core.db import session
from app.core.errors import Conflict, Invalid
from app.core.outbox import send_mail

ISSUER = "Guerdon"
SECONDS = 30
RECOVERY_CODES = 10
# Without letters that are mistaken for digits when they are copied from paper.
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def begin_second_factor(account: Account) -> None:
    """Make a secret for the authenticator app; nothing is asked for until a code has confirmed it."""
    if queries.has_second_factor(account.id):
        raise Conflict("second_factor_on", "Two-step sign-in is on already.")
    session.execute(delete(SecondFactor).where(SecondFactor.account_id == account.id))
    session.add(SecondFactor(account_id=account.id, secret=pyotp.random_base32()))
    session.flush()


def address_for_app(account: Account, factor: SecondFactor) -> str:
    """What the QR code says to the authenticator app."""
    return pyotp.TOTP(factor.secret).provisioning_uri(name=account.email, issuer_name=ISSUER)


def confirm_second_factor(account: Account, code: str) -> list[str]:
    """Switch two-step sign-in on and return the recovery codes, which are never shown again."""
    factor = queries.second_factor(account.id)
    if factor is None or factor.confirmed_at is not None:
        raise Conflict("second_factor_not_begun", "This set-up has ended. Look at your security page.")
    if not _use_step(factor, code):
        message = "This code is not the current one. Check that the clock of your phone is right."
        raise Invalid("code_wrong", message, field="code")
    factor.confirmed_at = now()
    record("second_factor.added", "account", account.id)
    _notify(account, "accounts/second_factor_on")
    return _new_recovery_codes(account)


def remove_second_factor(account: Account) -> None:
    """Sign in by the password alone from now on."""
    if not queries.has_second_factor(account.id):
        raise Conflict("second_factor_off", "Two-step sign-in is off already.")
    session.execute(delete(SecondFactor).where(SecondFactor.account_id == account.id))
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    record("second_factor.removed", "account", account.id)
    _notify(account, "accounts/second_factor_off")


def renew_recovery_codes(account: Account) -> list[str]:
    """New recovery codes in place of the old."""
    if not queries.has_second_factor(account.id):
        raise Conflict("second_factor_off", "Switch two-step sign-in on first.")
    record("recovery_codes.renewed", "account", account.id)
    _notify(account, "accounts/recovery_codes_renewed")
    return _new_recovery_codes(account)


def accept_code(account: Account, code: str) -> bool:
    """Whether this code opens the second step; it does so once."""
    factor = queries.second_factor(account.id)
    if factor is None or factor.confirmed_at is None:
        return False
    return _use_step(factor, code) or _use_recovery_code(account, code)


def _use_step(factor: SecondFactor, code: str) -> bool:
    digits = "".join(code.split())
    otp = pyotp.TOTP(factor.secret)
    step_now = int(now().timestamp()) // SECONDS
    # A step to either side, for clocks that are not quite right.
    for step in (step_now, step_now - 1, step_now + 1):
        if compare_digest(otp.generate_otp(step).encode(), digits.encode()):
            # The conditional update ends the race of one code that is sent twice at once.
            used = session.execute(
                update(SecondFactor)
                .where(SecondFactor.id == factor.id, SecondFactor.last_step < step)
                .values(last_step=step)
                .returning(SecondFactor.id)
            )
            return used.first() is not None
    return False


def _use_recovery_code(account: Account, code: str) -> bool:
    used = session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.account_id == account.id,
            RecoveryCode.code_hash == _code_hash(code),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now())
        .returning(RecoveryCode.id)
    )
    if used.first() is None:
        return False
    record("recovery_code.used", "account", account.id)
    _notify(account, "accounts/recovery_code_used", left=queries.recovery_codes_left(account.id))
    return True


def _new_recovery_codes(account: Account) -> list[str]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(account_id=account.id, code_hash=_code_hash(code)) for code in codes)
    session.flush()
    return codes


def _recovery_code() -> str:
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))


def _code_hash(code: str) -> bytes:
    return keyed_hash("".join(letter for letter in code.casefold() if letter.isalnum()), "recovery code")


def _notify(account: Account, template: str, **context: object) -> None:
    send_mail(account.email, template, name=account.name, security=page_of_ours("/account/security"), **context)
