"""Making accounts and finding out that their addresses are right."""

from hmac import compare_digest

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from app.accounts import queries
from app.accounts.addresses import address_key, valid_address
from app.accounts.models import Account
from app.accounts.operations.tokens import mailed_link, page_of_ours, use_token, void_tokens
from app.accounts.passwords import hash_password, password_fits, refuse_weak
from app.accounts.signals import invitation_sought
from app.core.audit import record
from app.core.clock import now
from app.core.db import session
from app.core.errors import Conflict, Denied, Invalid
from app.core.outbox import send_mail
from app.core.platform_settings import platform_settings
from app.core.settings import current_settings
from app.core.text import one_line

# One number of our own for `pg_advisory_xact_lock`.
FIRST_ACCOUNT_LOCK = 7_301_001


def asks_setup_token() -> bool:
    """Whether whoever signs up must prove to be the one who installed this."""
    return current_settings().setup_token is not None and not queries.anybody_verified()


def sign_up(*, name: str, email: str, password: str, setup_token: str = "", next_page: str | None = None) -> str:
    """Take somebody in, or write to who is in already; the caller cannot tell which. Returns the address."""
    email = valid_address(email)
    refuse_weak(password, name=name, email=email)
    _refuse_strangers(email, setup_token)
    # Hashed in any case: the answer takes as long for an address that is known.
    password_hash = hash_password(password)
    made = _pending_account(name, email, password_hash)
    account = made or queries.account_at(email)
    if account is None:
        raise Conflict("address_moved", "The account of this address was deleted at this moment. Sign up again.")
    if made is not None:
        record("account.signed_up", "account", account.id)
        _send_verification(account, next_page)
    elif account.status == "pending_verification":
        # Whoever owns the mailbox shall find the password that was typed last; earlier links lead nowhere.
        account.name, account.password_hash = one_line(name), password_hash
        void_tokens(account.id, "verify_email")
        record("account.signed_up_again", "account", account.id)
        _send_verification(account, next_page)
    else:
        record("account.signed_up_again", "account", account.id)
        _send_reminder(account)
    return email


def _refuse_strangers(email: str, setup_token: str) -> None:
    expected = current_settings().setup_token
    if queries.anybody_verified():
        invited = any(answer for _, answer in invitation_sought.send(address_key(email)))
        if not (platform_settings().sign_up_open or invited):
            message = "New accounts are by invitation only. Use the address that your invitation was sent to."
            raise Denied("sign_up_closed", message, field="email")
    elif expected is not None and not compare_digest(setup_token.encode(), expected.encode()):
        message = "This is not the set-up token. It was printed when the installation was started."
        raise Invalid("setup_token_wrong", message, field="setup_token")


def resend_verification(email: str, next_page: str | None = None) -> None:
    """Write to this address again, in words that fit its account; to nobody where there is none."""
    account = queries.account_at(email)
    if account is None:
        return
    if account.status == "pending_verification":
        _send_verification(account, next_page)
    else:
        _send_reminder(account)


def verify_address(token: str, password: str) -> Account | None:
    """Confirm the address that a link was sent to; None where the password is not the account's."""
    found = queries.open_token(token, "verify_email")
    # The password is asked for, so that nobody confirms an account that a stranger made with their address.
    if found is not None and not password_fits(password, found[1].password_hash):
        record("sign_in.failed", "account", found[1].id, at="verification")
        return None
    account = queries.account(use_token(token, "verify_email"))
    confirm_address(account)
    return account


def confirm_address(account: Account) -> None:
    """The mailbox is the account's: from now on it may sign in."""
    if account.status != "pending_verification":
        raise Conflict("already_verified", "This address was confirmed before. Sign in.")
    if not queries.anybody_verified():
        # Two first accounts may be confirmed at once; the second waits here and then finds the first.
        session.execute(text(f"SELECT pg_advisory_xact_lock({FIRST_ACCOUNT_LOCK})"))
        account.is_staff = not queries.anybody_verified()
    account.status = "active"
    account.email_verified_at = now()
    session.flush()
    record("account.verified", "account", account.id, is_staff=account.is_staff)


def create_verified_account(email: str, password: str, name: str) -> Account:
    """An account that can sign in at once, for who runs the installation and answers for its password."""
    email = valid_address(email)
    account = _pending_account(name, email, hash_password(password))
    if account is None:
        raise Conflict("email_taken", "This address already has an account.", field="email")
    record("account.created", "account", account.id)
    confirm_address(account)
    return account


def _pending_account(name: str, email: str, password_hash: str) -> Account | None:
    """A new account, or nothing where the address has one: somebody may have sent the form twice at once."""
    row = insert(Account).values(
        name=one_line(name),
        email=email,
        email_key=address_key(email),
        password_hash=password_hash,
        status="pending_verification",
    )
    row = row.on_conflict_do_nothing(index_elements=[Account.email_key], index_where=Account.deleted_at.is_(None))
    return session.scalar(row.returning(Account))


def _send_verification(account: Account, next_page: str | None) -> None:
    link = mailed_link(account, "verify_email", "/verify", email=account.email, next_page=next_page)
    # Without the name: a stranger could write anything there, to anybody.
    send_mail(account.email, "accounts/verify", link=link)


def _send_reminder(account: Account) -> None:
    send_mail(
        account.email,
        "accounts/already_registered",
        name=account.name,
        sign_in=page_of_ours("/sign-in"),
        forgotten=page_of_ours("/password/forgotten"),
    )
