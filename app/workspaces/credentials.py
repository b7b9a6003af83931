"""How a key is written: `sk_<workspace>_<lookup><secret>`, so that it finds its tenant and its row by itself."""

import re
import secrets
from dataclasses import dataclass
from uuid import UUID

from app.core.crypto import digest

LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
VALUES = {letter: value for value, letter in enumerate(LETTERS)}
WORKSPACE_LENGTH = 22
LOOKUP_LENGTH = 8
SECRET_LENGTH = 32  # 190 random bits
MARKS = {"publishable": "pk", "secret": "sk"}
KINDS = {mark: kind for kind, mark in MARKS.items()}
FORM = re.compile(
    rf"(pk|sk)_([0-9A-Za-z]{{{WORKSPACE_LENGTH}}})_([0-9A-Za-z]{{{LOOKUP_LENGTH}}})[0-9A-Za-z]{{{SECRET_LENGTH}}}"
)


@dataclass(frozen=True)
class Credential:
    """What a key's text says about itself, and the digest by which it is believed."""

    kind: str
    workspace_id: UUID
    prefix: str
    digest: bytes


def mint(kind: str, workspace_id: UUID) -> tuple[str, str]:
    """A new key's text, and the prefix it is found by."""
    random = "".join(secrets.choice(LETTERS) for _ in range(LOOKUP_LENGTH + SECRET_LENGTH))
    return f"{MARKS[kind]}_{_compact(workspace_id)}_{random}", random[:LOOKUP_LENGTH]


def read(text: str) -> Credential | None:
    """The credential in a text, or nothing where it has not the form of a key."""
    form = FORM.fullmatch(text)
    if form is None:
        return None
    mark, workspace, prefix = form.groups()
    number = 0
    for letter in workspace:
        number = number * len(LETTERS) + VALUES[letter]
    if number >= 1 << 128:
        return None
    return Credential(KINDS[mark], UUID(int=number), prefix, digest(text))


def abbreviated(kind: str, prefix: str) -> str:
    """A key as lists show it: what tells it from others, and no more."""
    return f"{MARKS[kind]}_…_{prefix}…"


def _compact(workspace_id: UUID) -> str:
    number, written = workspace_id.int, ""
    for _ in range(WORKSPACE_LENGTH):
        number, value = divmod(number, len(LETTERS))
        written = LETTERS[value] + written
    return written
