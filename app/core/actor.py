"""Who is doing this: what audit entries are signed with."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from flask import g

ActorKind = Literal["account", "key", "staff", "system"]


@dataclass(frozen=True)
class Actor:
    kind: ActorKind
    id: UUID | None = None


SYSTEM = Actor("system")


def current_actor() -> Actor:
    actor: Actor = g.get("actor", SYSTEM)
    return actor


def act_as(actor: Actor) -> None:
    """Sign what follows in this request or unit of work."""
    g.actor = actor


@contextmanager
def acting_as(actor: Actor) -> Iterator[None]:
    before = current_actor()
    act_as(actor)
    try:
        yield
    finally:
        act_as(before)
