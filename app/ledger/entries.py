"""The words of the ledger as other features see them; none of them can be changed."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

OwnerKind = Literal["person", "workspace", "platform"]
Purpose = Literal["available", "pending", "reserved"]


@dataclass(frozen=True)
class Owner:
    """Whose books they are."""

    kind: OwnerKind
    id: UUID


# Whoever runs the installation: points come from its issuance and go where they are spent or expire.
PLATFORM = Owner("platform", UUID("00000000-0000-7000-8000-000000000001"))
ISSUANCE, SPENT, EXPIRED = "issuance", "spent", "expired"


@dataclass(frozen=True)
class Cause:
    """What a transfer was booked for: nothing is booked twice for the same."""

    kind: str
    id: str
    part: int = 0


@dataclass(frozen=True)
class Entry:
    """One line of an owner's statement: a transfer, seen from the owner's side."""

    id: UUID
    owner: Owner
    unit: str
    points_change: int
    # What the owner may spend after it, all provenances together.
    balance_after: int
    kind: str
    provenance: str
    cause: Cause
    at: datetime
    # Its place in the order in which all transfers were booked; a later one of the same owner has a larger number.
    number: int
    details: dict[str, Any] = field(default_factory=dict)
    reverses: UUID | None = None
    reversed_by: UUID | None = None
    # Whether the call that answers with it booked it; what was found, for the same cause again, is not new.
    is_new: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Balance:
    """What somebody may spend, and what they ever earned."""

    balance: int
    lifetime_earned: int
    by_provenance: dict[str, int]


@dataclass(frozen=True)
class Difference:
    """Something in the books that does not follow from the transfers."""

    workspace_id: UUID
    rule: str
    subject: str
    words: str


def points_of(app_id: UUID) -> str:
    """The unit in which an app counts its points."""
    return f"points:{app_id}"
