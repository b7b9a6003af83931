"""A cookie by which a browser is known again to the accounts that signed in with it.

It opens nothing. Who has it is counted apart when passwords are guessed, so that a stranger who guesses cannot lock
the owner out, and is not told by mail of having signed in.
"""

import secrets
from base64 import urlsafe_b64encode

from flask import Response, after_this_request, request
from itsdangerous import BadSignature, URLSafeSerializer

from app.core.crypto import keyed_hash
from app.core.settings import current_settings

COOKIE = "guerdon_browser"
A_YEAR = 365 * 24 * 3600
ACCOUNTS = 5


def known_as(address_key: str) -> str | None:
    """What this browser is called in the account of this address, if it was ever signed in there."""
    return _known().get(_mark(address_key))


def know(address_key: str) -> None:
    """Know this browser again the next time."""
    mark = _mark(address_key)
    known = _known()
    # The account last used comes last, and the first goes when there are too many.
    known[mark] = known.pop(mark, "") or secrets.token_urlsafe(9)
    kept = dict(list(known.items())[-ACCOUNTS:])

    @after_this_request
    def keep(response: Response) -> Response:
        settings = current_settings()
        response.set_cookie(
            COOKIE, _serializer().dumps(kept), max_age=A_YEAR, httponly=True, secure=settings.secure, samesite="Lax"
        )
        return response


def _known() -> dict[str, str]:
    try:
        known = _serializer().loads(request.cookies.get(COOKIE, ""))
    except BadSignature:
        return {}
    return known if isinstance(known, dict) else {}


def _mark(address_key: str) -> str:
    return urlsafe_b64encode(keyed_hash(address_key, "known browser")[1:10]).decode()


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_settings().secret_key, salt="known browser")
