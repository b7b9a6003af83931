"""Taking an account away for good."""

from sqlalchemy import delete, update

from app.accounts import queries
from app.accounts.addresses import address_key
from app.accounts.models import Account, AccountSession, AccountToken, RecoveryCode, SecondFactor
from app.accounts.operations.passwords import prove_password
from app.accounts.operations.sessions import end_sessions
from app.accounts.operations.staff import keep_one_staff
from app.accounts.signals import Consequence, account_deleted, deletion_considered
from app.core.audit import record
from app.core.clock import now
from app.core.db import session
from app.core.errors import Conflict, Invalid
from app.core.outbox import send_mail

LAST_STAFF = "Nobody else runs this installation. Make another account staff first."


def consequences(account: Account) -> list[Consequence]:
    """What the deletion would do, as every feature tells it; what stands in its way comes first."""
    told = [told for _, answer in deletion_considered.send(account) for told in answer or ()]
    if account.is_staff and not queries.other_active_staff(account.id):
        told.append(Consequence(LAST_STAFF, blocks=True))
    return sorted(told, key=lambda consequence: not consequence.blocks)


def delete_account(account: Account, *, password: str, email: str) -> None:
    """Make the account nobody's: its address is free again, and what it did stays without a name."""
    prove_password(account, password)
    if address_key(email) != account.email_key:
        raise Invalid("email_differs", "This is not the address of your account.", field="email")
    if account.is_staff:
        keep_one_staff(account)
    for consequence in consequences(account):
        if consequence.blocks:
            raise Conflict("deletion_blocked", consequence.text)
    account_deleted.send(account)
    send_mail(account.email, "accounts/account_deleted", name=account.name, at=now())
    record("account.deleted", "account", account.id)
    _forget_person(account)
    end_sessions(account)


def _forget_person(account: Account) -> None:
    account.email = account.email_key = f"{account.id}@deleted.invalid"
    account.name = "Deleted account"
    account.status = "inactive"
    account.password_hash = account.last_login_ip = None
    account.locale, account.timezone = "en", "UTC"
    account.is_staff = False
    account.deleted_at = now()
    session.flush()
    for secret in (SecondFactor, RecoveryCode, AccountToken):
        session.execute(delete(secret).where(secret.account_id == account.id))
    session.execute(
        update(AccountSession).where(AccountSession.account_id == account.id).values(ip="", device="Deleted")
    )
