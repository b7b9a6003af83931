"""What is sealed is read by whoever has the key and the purpose, and by nobody else."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import crypto
from app.core.crypto import Unreadable, digest, keyed_hash, seal, token, unseal
from app.factory import Guerdon

OLD, NEW = b"o" * 32, b"n" * 32


@contextmanager
def keys(app: Guerdon, **numbered: bytes) -> Iterator[None]:
    before = app.settings
    app.settings = replace(before, encryption_keys={int(name[1:]): key for name, key in numbered.items()})
    try:
        yield
    finally:
        app.settings = before


@pytest.fixture(autouse=True)
def context(session_app: Guerdon) -> Iterator[None]:
    with session_app.app_context():
        yield


@given(st.text())
def test_what_is_sealed_can_be_read(session_app: Guerdon, text: str) -> None:
    with session_app.app_context():
        assert unseal(seal(text, "here"), "here") == text


def test_sealing_twice_looks_different() -> None:
    assert seal("same", "here") != seal("same", "here")


def test_another_purpose_reads_nothing() -> None:
    with pytest.raises(Unreadable):
        unseal(seal("secret", "here"), "there")


@pytest.mark.parametrize("place", [0, 1, 13, -1])
def test_a_changed_byte_is_noticed(place: int) -> None:
    blob = bytearray(seal("secret", "here"))
    blob[place] ^= 1
    with pytest.raises(Unreadable):
        unseal(bytes(blob), "here")


@pytest.mark.parametrize("blob", [b"", b"\x01", b"\x01" + b"0" * 12, b"\x01" + b"0" * 20])
def test_a_stump_is_noticed(blob: bytes) -> None:
    with pytest.raises(Unreadable):
        unseal(blob, "here")


def test_an_old_key_still_reads_and_the_newest_seals(session_app: Guerdon) -> None:
    with keys(session_app, k1=OLD):
        old = seal("secret", "here")
    with keys(session_app, k1=OLD, k2=NEW):
        assert unseal(old, "here") == "secret"
        assert seal("secret", "here")[0] == 2
    with keys(session_app, k2=NEW), pytest.raises(Unreadable, match="no key 1"):
        unseal(old, "here")


def test_a_new_key_leaves_hashes_alone_until_the_old_one_goes(session_app: Guerdon) -> None:
    with keys(session_app, k1=OLD):
        before = keyed_hash("203.0.113.9", "ip")
    with keys(session_app, k1=OLD, k2=NEW):
        assert keyed_hash("203.0.113.9", "ip") == before
    with keys(session_app, k2=NEW):
        after = keyed_hash("203.0.113.9", "ip")
    assert (before[0], after[0]) == (1, 2)
    assert before[1:] != after[1:]


def test_hashes_of_two_purposes_cannot_be_compared() -> None:
    assert keyed_hash("203.0.113.9", "ip") != keyed_hash("203.0.113.9", "device")


def test_tokens_have_bits_enough_and_their_digest_knows_them() -> None:
    tokens = {token() for _ in range(200)}
    assert len(tokens) == 200
    assert all(len(made) * 6 >= 160 for made in tokens)
    assert crypto.TOKEN_BYTES * 8 >= 160
    assert len(digest(tokens.pop())) == 32
