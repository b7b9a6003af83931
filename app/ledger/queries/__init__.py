"""What the books say, inside the current workspace."""

from app.ledger.entries import Balance, Entry
from app.ledger.queries.balances import balance, balances
from app.ledger.queries.statements import entries_by_id, entries_of, entry

__all__ = ["Balance", "Entry", "balance", "balances", "entries_by_id", "entries_of", "entry"]
