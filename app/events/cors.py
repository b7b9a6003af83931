"""Which pages of the web may send events: all of them, since it is the key that says which may use it.

No cookie opens these addresses, so nothing is given away by letting every page ask.
"""

import re

from flask import Response, request

METHODS = "GET, POST, OPTIONS"
HEADERS = "Authorization, Content-Type, Content-Encoding, Guerdon-App, AnonymousId, X-Request-Id"
READABLE = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "X-Request-Id, Retry-After",
}
ASKED_ONCE_A_DAY = "86400"
NAMES = re.compile(r"[A-Za-z0-9, -]{1,500}")


def allow(response: Response) -> Response:
    """Let the page that asked read the answer, and tell its browser beforehand that it may ask."""
    response.headers.update(READABLE)
    if request.method == "OPTIONS":
        asked = request.headers.get("Access-Control-Request-Headers", "")
        # SDKs have headers of their own, which say nothing to us.
        response.headers["Access-Control-Allow-Headers"] = asked if NAMES.fullmatch(asked) else HEADERS
        response.headers["Access-Control-Allow-Methods"] = METHODS
        response.headers["Access-Control-Max-Age"] = ASKED_ONCE_A_DAY
        response.headers["Vary"] = "Access-Control-Request-Headers"
    return response
