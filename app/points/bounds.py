"""How much one transaction may move, said once for screens, API and operations."""

from datetime import timedelta

# Nine thousand million of the largest transactions fit into one balance.
MOST = 1_000_000_000
LONGEST_REASON = 200
FARTHEST_EXPIRY = timedelta(days=36_525)
