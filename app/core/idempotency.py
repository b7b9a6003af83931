"""A request that is sent again has one effect, and gets the reply of the first time."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta

from flask import Response, current_app, request
from flask.typing import ResponseReturnValue
from sqlalchemy import delete, func, select

from app.core.clock import now
from app.core.crypto import digest
from app.core.db import session
from app.core.errors import Conflict, Invalid
from app.core.tables import IdempotencyKey
from app.core.tenancy import required_workspace

KEPT = timedelta(hours=24)
LONGEST_KEY = 255
KEPT_HEADERS = ("Content-Type", "Location")


def replayed_or(run: Callable[[], ResponseReturnValue], key: str, body: bytes, caller: str = "") -> Response:
    """The stored reply to this key, or that of `run`, stored in the transaction of its effect.

    `caller` tells apart who shares a workspace but not its requests: the app that an API key speaks for. A refusal
    that `run` raises changed nothing, so nothing is stored; one that it returns is a reply like any other.
    """
    if not 0 < len(key) <= LONGEST_KEY:
        raise Invalid("idempotency_key_invalid", f"An idempotency key has 1 to {LONGEST_KEY} characters.")
    key_hash = digest(key)
    request_hash = _hash(request.method, request.path, caller, body)
    _take_turn(key_hash)
    stored = _stored(key_hash)
    if stored is not None:
        return _replay(stored, request_hash)
    with session.begin_nested():
        response = current_app.make_response(run())
    if response.status_code < 500:
        _store(key_hash, request_hash, response)
    return response


def _take_turn(key_hash: bytes) -> None:
    # Ends the race of two requests with one key: the second does not wait, which would hold a thread, but is told.
    # The lock goes with the transaction, so whoever gets it later sees the stored reply.
    lock = int.from_bytes(hashlib.sha256(required_workspace().bytes + key_hash).digest()[:8], signed=True)
    if not session.scalar(select(func.pg_try_advisory_xact_lock(lock))):
        raise Conflict("idempotency_key_in_use", "The first request with this idempotency key is still running.")


def _stored(key_hash: bytes) -> IdempotencyKey | None:
    mine = (IdempotencyKey.workspace_id == required_workspace(), IdempotencyKey.key_hash == key_hash)
    stored = session.scalar(select(IdempotencyKey).where(*mine))
    if stored is not None and stored.finished_at < now() - KEPT:
        session.execute(delete(IdempotencyKey).where(*mine))
        return None
    return stored


def _replay(stored: IdempotencyKey, request_hash: bytes) -> Response:
    if stored.request_hash != request_hash:
        raise Conflict("idempotency_key_reused", "This idempotency key came with another request before.")
    reply = json.loads(stored.reply)
    response = Response(reply["body"], stored.status, reply["headers"])
    response.headers["Idempotent-Replayed"] = "true"
    return response


def _store(key_hash: bytes, request_hash: bytes, response: Response) -> None:
    headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
    reply = {"body": response.get_data(as_text=True), "headers": headers}
    session.add(
        IdempotencyKey(
            key_hash=key_hash,
            request_hash=request_hash,
            status=response.status_code,
            reply=json.dumps(reply),
            finished_at=now(),
        )
    )


def _hash(method: str, path: str, caller: str, body: bytes) -> bytes:
    return hashlib.sha256(b"\0".join((method.encode(), path.encode(), caller.encode(), body))).digest()
