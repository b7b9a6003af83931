"""Group commit: what arrives together for one workspace shares a transaction.

A commit waits for the disk, and ten that share one wait once. Whoever comes while nobody works for its workspace leads:
it takes along what waits, works, wakes the others, and hands the lead to the first that came meanwhile. So nobody
waits for company, and a lonely request is as quick as without all this.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from uuid import UUID

T = TypeVar("T")


class Abandoned(RuntimeError):
    """The thread that worked for somebody ended before it was done."""


@dataclass(eq=False)
class Seat(Generic[T]):
    """Something that waits to be worked for, in its own thread; `woken` is held until it is its turn or it is done."""

    item: T
    size: int
    woken: threading.Lock = field(default_factory=threading.Lock)
    leads: bool = False
    # Nothing is done until somebody says so.
    error: Exception | None = field(default_factory=Abandoned)

    def __post_init__(self) -> None:
        self.woken.acquire()


class Grouping(Generic[T]):
    """`work(workspace_id, items)` does its work in one transaction, or raises and has changed nothing."""

    def __init__(self, work: Callable[[UUID, Sequence[T]], None], *, most: int) -> None:
        self._work = work
        self._most = most
        self._lock = threading.Lock()
        self._waiting: dict[UUID, deque[Seat[T]]] = {}

    def submit(self, workspace_id: UUID, item: T, size: int) -> None:
        """Have it worked for, in company or alone; raises what its work raised."""
        seat = Seat(item, size)
        with self._lock:
            # A workspace stands here as long as somebody leads in it.
            queue = self._waiting.get(workspace_id)
            if queue is None:
                self._waiting[workspace_id] = deque()
                seat.leads = True
            else:
                queue.append(seat)
        if not seat.leads:
            seat.woken.acquire()
        if seat.leads:
            self._lead(workspace_id, seat)
        if seat.error is not None:
            raise seat.error

    def _lead(self, workspace_id: UUID, leader: Seat[T]) -> None:
        group = [leader, *self._company(workspace_id, leader.size)]
        try:
            self._run(workspace_id, group)
        finally:
            self._hand_on(workspace_id)
            for seat in group[1:]:
                seat.woken.release()

    def _company(self, workspace_id: UUID, size: int) -> list[Seat[T]]:
        """What waits, as far as it fits into one transaction."""
        taken: list[Seat[T]] = []
        with self._lock:
            queue = self._waiting[workspace_id]
            while queue and size + queue[0].size <= self._most:
                size += queue[0].size
                taken.append(queue.popleft())
        return taken

    def _run(self, workspace_id: UUID, group: list[Seat[T]]) -> None:
        try:
            self._work(workspace_id, [seat.item for seat in group])
        except Exception as error:
            if len(group) == 1:
                group[0].error = error
                return
            # Whoever spoiled it harms nobody else.
            for seat in group:
                self._run(workspace_id, [seat])
        else:
            for seat in group:
                seat.error = None

    def _hand_on(self, workspace_id: UUID) -> None:
        with self._lock:
            queue = self._waiting[workspace_id]
            if not queue:
                del self._waiting[workspace_id]
                return
            heir = queue.popleft()
        heir.leads = True
        heir.woken.release()
