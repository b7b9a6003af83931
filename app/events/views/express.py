"""The short way in: what is plainly good is answered before Flask, whose machinery would cost more than all the rest.

It knows one answer, 200. Whatever is odd in any way goes on to Flask as it came, which looks again and finds the words;
and what failed on the way is told there, so that nothing is tried twice. It leaves the same traces as any request: the
number, the line in the log, the counts, the headers.
"""

import time
from collections.abc import Iterable
from contextlib import suppress
from io import BytesIO
from typing import TYPE_CHECKING, Any

from flask import Flask

from app.core import headers, logs, telemetry
from app.core.actor import Actor
from app.core.clock import now
from app.core.errors import DomainError
from app.events import cors
from app.events.accepted import Accepted
from app.events.checking import checked
from app.events.operations.receiving import Delivery
from app.events.reading import LARGEST_REQUEST, batch, document_in, single, unpacked
from app.events.taking import take
from app.events.views.intake import FAILED, api
from app.workspaces.key_access import credential_in

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REPLY = b'{"success":true}'


def init_app(app: Flask) -> None:
    """Stand before Flask, behind whatever reads the proxies' headers."""
    app.wsgi_app = Express(app, app.wsgi_app)  # type: ignore[method-assign]


class Express:
    def __init__(self, app: Flask, onward: "WSGIApplication") -> None:
        self._app = app
        self._onward = onward
        rules = app.url_map.iter_rules()
        self._endpoints = {rule.rule: rule.endpoint for rule in rules if rule.endpoint.startswith(f"{api.name}.")}
        self._headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(REPLY))),
            *headers.said_always(app.settings.secure),  # type: ignore[attr-defined]
            *cors.READABLE.items(),
        ]

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        endpoint = self._endpoints.get(environ["PATH_INFO"])
        number = endpoint and self._taken(environ, endpoint)
        if not number:
            return self._onward(environ, start_response)
        start_response("200 OK", [*self._headers, ("X-Request-Id", number)])
        return [REPLY]

    def _taken(self, environ: "WSGIEnvironment", endpoint: str) -> str | None:
        """Take in what was sent; gives the number of the request, or nothing when it is not for us."""
        began = time.perf_counter()
        body = _body(environ)
        if body is None:
            return None
        # Not around Flask, which would take our context for its own.
        with self._app.app_context():
            number = logs.numbered(environ.get("HTTP_X_REQUEST_ID", ""))
            delivery = _delivery(body, environ, endpoint.removeprefix(f"{api.name}."))
            if delivery is None:
                return None
            try:
                take(delivery)
            except Exception as error:
                environ[FAILED] = error
                return None
            logs.tell("POST", endpoint, 200, began, delivery.credential.workspace_id, Actor("key", delivery.key_id))
        telemetry.count(endpoint, 200, time.perf_counter() - began)
        return number


def _body(environ: "WSGIEnvironment") -> bytes | None:
    """What was sent, where its length is told and small; it can be read again."""
    length = environ.get("CONTENT_LENGTH") or ""
    if environ["REQUEST_METHOD"] != "POST" or environ.get("QUERY_STRING") or not length.isdecimal():
        return None
    if int(length) > LARGEST_REQUEST:
        return None
    body = _read(environ["wsgi.input"], int(length))
    environ["wsgi.input"] = BytesIO(body)
    return body


def _read(stream: Any, length: int) -> bytes:
    body: bytes = stream.read(length)
    while len(body) < length and (more := stream.read(length - len(body))):
        body += more
    return body


def _delivery(body: bytes, environ: "WSGIEnvironment", name: str) -> Delivery | None:
    """What a good request brings; nothing where anything about it wants words."""
    with suppress(DomainError):
        document = document_in(unpacked(body, environ.get("HTTP_CONTENT_ENCODING", "")))
        kind, sent = (None, batch(document)) if name == "send_batch" else (name, single(document))
        credential = credential_in(environ.get("HTTP_AUTHORIZATION"), sent.key)
        address = environ.get("REMOTE_ADDR") if credential.kind == "publishable" else None
        at = now()
        found = [checked(raw, kind=kind, sent_at=sent.sent_at, received_at=at, address=address) for raw in sent.events]
        if all(isinstance(event, Accepted) for event in found):
            return Delivery(credential, environ.get("HTTP_GUERDON_APP"), environ.get("HTTP_ORIGIN"), found)
    return None
