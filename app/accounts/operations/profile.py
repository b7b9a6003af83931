"""What somebody is called, and how dates and numbers are written for them."""

from app.accounts.models import Account
from app.core.audit import record
from app.core.text import one_line


def change_profile(account: Account, *, name: str, locale: str, timezone: str) -> None:
    account.name, account.locale, account.timezone = one_line(name), locale, timezone
    record("account.changed", "account", account.id)
