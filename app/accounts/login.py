"""Who is signed in: the cookie carries a token, the database knows what it is worth."""

from flask import Flask, Request, g, request
from flask import session as cookie
from flask_login import LoginManager

from app.accounts.models import Account, AccountSession
from app.accounts.operations.sessions import come_back
from app.core.actor import Actor, act_as
from app.core.moments import read_in

TOKEN = "token"  # noqa: S105 (the name of a place, not a secret)

manager = LoginManager()
# Sessions are kept and ended in the database; a guess from address and browser would end them on every train ride.
manager.session_protection = None


@manager.request_loader  # type: ignore[untyped-decorator]
def _load(_request: Request) -> Account | None:
    token = cookie.get(TOKEN)
    found = come_back(token, address=network_address()) if isinstance(token, str) else None
    if found is None:
        return None
    g.account_session, account = found
    act_as(Actor("staff" if g.get("role") == "staff" and account.is_staff else "account", account.id))
    read_in(account.timezone, account.locale)
    return account


def this_session() -> AccountSession:
    """The session that this page is seen in."""
    found: AccountSession = g.account_session
    return found


def network_address() -> str:
    return request.remote_addr or "unknown"


def carry(token: str, *, remember: bool) -> None:
    """Hand the token to the browser, in place of everything that it brought along."""
    forget()
    cookie[TOKEN] = token
    # Without it the cookie ends with the browser; the database ends the session in any case.
    cookie.permanent = remember


def renew(token: str) -> None:
    """Replace the token after a change of what the session may do."""
    cookie[TOKEN] = token


def forget() -> None:
    """Take everything from the browser but the messages that are still to be shown."""
    messages = cookie.get("_flashes")
    cookie.clear()
    if messages:
        cookie["_flashes"] = messages


def init_app(app: Flask) -> None:
    # Without its context processor, which would ask the database for every template, also for the page that says that
    # the database is away.
    manager.init_app(app, add_context_processor=False)
