"""Changing the address that an account signs in with."""

from app.accounts import queries
from app.accounts.addresses import address_key, valid_address
from app.accounts.models import Account
from app.accounts.operations.passwords import prove_password
from app.accounts.operations.tokens import mailed_link, page_of_ours, use_token, void_tokens
from app.core.audit import record
from app.core.clock import now
from app.core.db import session
from app.core.errors import Invalid, Missing
from app.core.outbox import send_mail


def request_new_address(account: Account, email: str, password: str) -> str:
    """Write to a new address; nothing changes before its owner confirms. Returns the address."""
    email = valid_address(email)
    prove_password(account, password)
    if email == account.email:
        raise Invalid("email_same", "This is your address already.", field="email")
    void_tokens(account.id, "change_email")
    record("email_change.requested", "account", account.id)
    other = queries.account_at(email)
    if other is None or other.id == account.id:
        link = mailed_link(account, "change_email", "/account/email", email=email)
        send_mail(email, "accounts/change_email", link=link)
    else:
        # Who asks is told the same; the owner of the address reads what happened.
        send_mail(
            email,
            "accounts/already_registered",
            name=other.name,
            sign_in=page_of_ours("/sign-in"),
            forgotten=page_of_ours("/password/forgotten"),
        )
    return email


def new_address(account: Account, token: str) -> str:
    """The address that this link confirms, for the account that asked for it."""
    found = queries.open_token(token, "change_email")
    if found is None or found[1].id != account.id:
        raise Missing("link_used_up", "This link was used already, is too old, or belongs to another account.")
    return found[0].email


def confirm_new_address(account: Account, token: str) -> None:
    """Sign in with the new address from now on, and tell the old one."""
    email, before = new_address(account, token), account.email
    use_token(token, "change_email")
    account.email, account.email_key, account.email_verified_at = email, address_key(email), now()
    void_tokens(account.id, "reset_password")
    session.flush()
    record("email.changed", "account", account.id)
    send_mail(before, "accounts/email_changed", name=account.name, at=now())
