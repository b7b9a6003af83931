"""placeholder"""

from app.ledger.entries import Difference


def verify() -> list[Difference]:
    return []
