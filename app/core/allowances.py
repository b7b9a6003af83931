"""A rate counted in portions: of millions a minute, nobody asks Redis for each."""

import threading
import time

from app.core.limits import use_up

# A portion is this part of what a minute allows, so that what a process took and did not need hardly counts.
PORTIONS = 1000
KEPT_SECONDS = 60.0
MOST_REMEMBERED = 10_000


class Allowances:
    """What the keys of this process may still use of what they took from the shared count."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._left: dict[str, tuple[int, float]] = {}

    def use(self, key: str, amount: int, per_minute: int) -> int | None:
        """Use so many; the seconds to wait where that is more than is left."""
        with self._lock:
            left, ends_at = self._left.get(key, (0, 0.0))
            if amount <= left and time.monotonic() < ends_at:
                self._left[key] = (left - amount, ends_at)
                return None
        portion = max(amount, per_minute // PORTIONS)
        wait = use_up(self._name, key, portion, per_minute)
        if wait is not None and portion > amount:
            # Less than a portion may be left.
            portion = amount
            wait = use_up(self._name, key, portion, per_minute)
        if wait is None:
            self._keep(key, portion - amount)
        return wait

    def _keep(self, key: str, left: int) -> None:
        with self._lock:
            if len(self._left) >= MOST_REMEMBERED:
                self._left.clear()
            self._left[key] = (left, time.monotonic() + KEPT_SECONDS)
