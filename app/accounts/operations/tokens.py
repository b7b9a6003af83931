"""Links sent by mail: made, and used once."""

from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import update

from app.accounts.models import Account, AccountToken
from app.core import crypto
from app.core.clock import now
from app.core.db import session
from app.core.errors import DomainError
from app.core.settings import current_settings

LIFETIMES = {
    "verify_email": timedelta(hours=24),
    "change_email": timedelta(hours=24),
    "reset_password": timedelta(hours=1),
}


def mailed_link(account: Account, purpose: str, path: str, *, email: str, next_page: str | None = None) -> str:
    """A new link for this purpose, under the given path of ours."""
    token = crypto.token()
    session.add(
        AccountToken(
            account_id=account.id,
            purpose=purpose,
            token_hash=crypto.digest(token),
            email=email,
            expires_at=now() + LIFETIMES[purpose],
        )
    )
    return page_of_ours(f"{path}/{token}", next_page)


def page_of_ours(path: str, next_page: str | None = None) -> str:
    """The full address of a page, for a mail."""
    then = f"?{urlencode({'next': next_page})}" if next_page else ""
    return f"{current_settings().base_url}{path}{then}"


def use_token(token: str, purpose: str) -> UUID:
    """Use a mailed link up, and with it all others of its purpose; returns whose it is."""
    # The conditional update ends the race of a link that is followed twice at once.
    account_id: UUID | None = session.scalar(
        update(AccountToken)
        .where(
            AccountToken.token_hash == crypto.digest(token),
            AccountToken.purpose == purpose,
            AccountToken.used_at.is_(None),
            AccountToken.expires_at > now(),
        )
        .values(used_at=now())
        .returning(AccountToken.account_id)
    )
    if account_id is None:
        raise DomainError("link_used_up", "This link was used already, or is too old. Ask for a new one.", status=410)
    void_tokens(account_id, purpose)
    return account_id


def void_tokens(account_id: UUID, *purposes: str) -> None:
    """Make earlier links of these purposes worth nothing."""
    session.flush()
    session.execute(
        update(AccountToken)
        .where(
            AccountToken.account_id == account_id, AccountToken.purpose.in_(purposes), AccountToken.used_at.is_(None)
        )
        .values(used_at=now())
    )
