"""What a developer's server can be told of; a feature that tells something new adds it here."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Type:
    """One kind of happening: when it is told, and what it looks like."""

    says: str
    example: dict[str, Any]


TYPES = {
    "points.credited": Type(
        "A person got points: by a bonus, or because a spend was given back.",
        {
            "transaction_id": "019e0b3c-9d40-7c1a-a3f5-61d0b0a6f2aa",
            "app_id": "019e0b3c-7f00-7a64-b0a5-0c2f6d3f8e11",
            "user_id": "u_4711",
            "points_change": 120,
            "balance_after_transaction": 320,
            "transaction_type": "bonus",
            "reason": "Welcome",
            "is_test": False,
        },
    ),
    "points.spent": Type(
        "A person spent points, points were taken back from them, or expired.",
        {
            "transaction_id": "019e0b3c-9d77-7d21-8c11-0f2b6c9d1e42",
            "app_id": "019e0b3c-7f00-7a64-b0a5-0c2f6d3f8e11",
            "user_id": "u_4711",
            "points_change": -50,
            "balance_after_transaction": 270,
            "transaction_type": "points_spent",
            "reason": "Sword",
            "is_test": False,
        },
    ),
}

# Sent by the test button alone, to whoever is tested.
TEST = "webhook.test"
TEST_DATA = {"message": "This is a test. Nothing happened."}


def message_like(type: str) -> dict[str, Any]:
    """What a message of this type looks like."""
    return {"type": type, "timestamp": "2026-11-20T09:00:00Z", "data": TYPES[type].example}
