"""Secrets and personal data: sealed to be read again, hashed to be found again, or only compared.

A sealed value begins with the number of the key it was sealed under; new values use the highest number, and
`flask rotate-keys` seals the rest anew. Keyed hashes use the *lowest* number: hashes are looked up, and what they
were made from is gone, so they must survive the arrival of a new key. They begin with their key's number too, and
change only when the operator takes that key away, which is the way to cut old hashes loose.
"""

import hashlib
import hmac
import os
import secrets
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator

from app.core.settings import current_settings

KEY_BYTES = 32
NONCE_BYTES = 12
TOKEN_BYTES = 24


class Unreadable(Exception):
    """A sealed value whose key is not listed, or that is not what was sealed for this purpose."""


def seal(text: str, purpose: str) -> bytes:
    """Encrypt under the newest key, so that only `unseal` with the same purpose reads it."""
    version = current_version()
    nonce = os.urandom(NONCE_BYTES)
    cipher = AESGCM(_derived(_key(version), f"seal {purpose}"))
    return bytes([version]) + nonce + cipher.encrypt(nonce, text.encode(), purpose.encode())


def unseal(blob: bytes, purpose: str) -> str:
    """Read what was sealed under any listed key."""
    version, nonce, sealed = int.from_bytes(blob[:1]), blob[1 : 1 + NONCE_BYTES], blob[1 + NONCE_BYTES :]
    cipher = AESGCM(_derived(_key(version), f"seal {purpose}"))
    try:
        return cipher.decrypt(nonce, sealed, purpose.encode()).decode()
    except (InvalidTag, ValueError):
        raise Unreadable(f"A value sealed for {purpose!r} under key {version} cannot be read.") from None


def keyed_hash(text: str, purpose: str) -> bytes:
    """A hash that nobody without the key can try texts against; the same text gives the same hash."""
    version = min(current_settings().encryption_keys)
    key = _derived(_key(version), f"hash {purpose}")
    return bytes([version]) + hmac.digest(key, text.encode(), "sha256")


def token() -> str:
    """A secret to hand out once: 192 random bits that fit in a URL."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest(secret: str) -> bytes:
    """What is kept of a token: enough to know it again, nothing to use it with."""
    return hashlib.sha256(secret.encode()).digest()


def current_version() -> int:
    """The number of the key that new values are sealed under."""
    return max(current_settings().encryption_keys)


def _key(version: int) -> bytes:
    key = current_settings().encryption_keys.get(version)
    if key is None:
        raise Unreadable(f"ENCRYPTION_KEYS has no key {version}, and something is sealed under it. List it again.")
    return key


@lru_cache(maxsize=256)
def _derived(key: bytes, use: str) -> bytes:
    # One key a purpose, so that a value moved to another column cannot be read there.
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"guerdon {use}".encode()).derive(key)


class Sealed(TypeDecorator[str]):
    """Text in Python, sealed bytes in the database."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else seal(value, self.purpose)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else unseal(bytes(value), self.purpose)
