"""What every answer says to the browser."""

import re

from flask import Flask, Response, request
from werkzeug.exceptions import BadRequest

from app.core.errors import Denied, Missing
from app.core.settings import current_settings

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "frame-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")

STRICT_TRANSPORT = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def said_always(secure: bool) -> list[tuple[str, str]]:
    """What every answer says that says nothing else about these things."""
    said = [*HEADERS.items(), ("Cache-Control", "private, no-store")]
    return [*said, STRICT_TRANSPORT] if secure else said


def install(app: Flask) -> None:
    app.before_request(_check_letters)
    app.before_request(_check_origin)
    app.after_request(_add_headers)


def _check_letters() -> None:
    """No address of ours holds control characters, and neither PostgreSQL nor HTML would take them."""
    if CONTROL.search(request.path):
        raise Missing
    if any(CONTROL.search(f"{name}{value}") for name, value in request.args.items(multi=True)):
        raise BadRequest


def _check_origin() -> None:
    """A browser says where an unsafe request comes from; calls by key are no browser's and carry no cookie."""
    if request.method in {"GET", "HEAD", "OPTIONS"} or request.path.startswith("/v1/"):
        return
    origin = request.headers.get("Origin")
    own = {request.host_url.rstrip("/"), current_settings().base_url}
    if origin is not None and origin not in own:
        raise Denied("foreign_origin", "This request came from another site, so it was not carried out.")


def _add_headers(response: Response) -> Response:
    said = {name.lower() for name, _ in response.headers}
    for name, value in HEADERS.items():
        if name.lower() not in said:
            response.headers.add(name, value)
    if request.endpoint != "static" and "cache-control" not in said:
        response.headers.add("Cache-Control", "private, no-store")
    if current_settings().secure:
        response.headers.add(*STRICT_TRANSPORT)
    return response
