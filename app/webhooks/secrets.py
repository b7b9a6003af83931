"""Secrets and signatures as Standard Webhooks 1.0 has them."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime

PREFIX = "whsec_"
BYTES = 32


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode()


def signed_headers(message_id: str, at: datetime, body: bytes, live_secrets: Iterable[str]) -> Mapping[str, str]:
    """The headers by which a receiver knows that the body is ours, one signature for each living secret."""
    timestamp = str(int(at.timestamp()))
    said = b".".join((message_id.encode(), timestamp.encode(), body))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(secret, said) for secret in live_secrets),
    }


def _signature(secret: str, said: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return "v1," + base64.b64encode(hmac.digest(key, said, hashlib.sha256)).decode()
