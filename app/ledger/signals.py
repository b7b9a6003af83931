"""What the ledger announces; features above subscribe, in the same transaction."""

from blinker import Namespace

_signals = Namespace()

# differences=list[Difference]: the books of the current workspace do not follow from their transfers.
books_differ = _signals.signal("books-differ")
# entries=list[Entry]: what was booked out because it expired, as its owners see it.
points_expired = _signals.signal("points-expired")
