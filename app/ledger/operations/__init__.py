"""What can be done with points and money: each flushes and none commits."""

from app.ledger.entries import PLATFORM, Cause, Difference, Entry, Owner, points_of
from app.ledger.operations.expiring import expire_due
from app.ledger.operations.joining import move_all, move_back
from app.ledger.operations.moving import credit, spend, transfer
from app.ledger.operations.reversing import reverse
from app.ledger.queries.verification import verify

__all__ = [
    "PLATFORM",
    "Cause",
    "Difference",
    "Entry",
    "Owner",
    "credit",
    "expire_due",
    "move_all",
    "move_back",
    "points_of",
    "reverse",
    "spend",
    "transfer",
    "verify",
]
