"""Working off on the worker: batch after batch, and what stops a batch stands alone in the end."""

import time
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import structlog
from rq.timeouts import BaseTimeoutException

from app.core.clock import now
from app.core.ids import first_id_at
from app.core.jobs import push_each
from app.core.tenancy import unit_of_work
from app.events.doorbell import QUEUE, WORK_OFF, ring, unring
from app.events.operations import forgetting
from app.events.operations.blame import is_collision, is_weather, words_about
from app.events.operations.working import MOST_AT_ONCE, Guilty, set_aside, take, work
from app.events.queries.waiting import shards_with_work

log = structlog.get_logger()

TURN_SECONDS = 60.0
# So often the same events are tried when others stand in the way; then the sweep comes back to them.
TRIES = 8
# Whoever rang for an event has been heard by then, if Redis was there and its worker lived.
PATIENCE = timedelta(seconds=10)


def work_off(workspace_id: str, shard: str) -> None:
    """Work off what waits in a shard of a workspace; after its turn it queues up again behind the others."""
    turn = Turn(UUID(workspace_id), int(shard))
    # Before the events are looked for, so that whatever is stored too late for us rings again.
    unring(turn.workspace_id, turn.shard)
    while turn.work_next():
        if turn.is_over:
            with unit_of_work():
                ring(turn.workspace_id, [turn.shard])
            return


def sweep() -> None:
    """Ask for work wherever an event has waited for a while: its ring was lost, or whoever heard it died."""
    with unit_of_work(role="staff"):
        waiting = shards_with_work(first_id_at(now() - PATIENCE))
    push_each(WORK_OFF, [(str(workspace_id), str(shard)) for workspace_id, shard in waiting], queue=QUEUE)


def forget_old_traces() -> None:
    """Forget by what events are known again after 35 days, and what could not be taken after 30."""
    with unit_of_work(role="staff"):
        workspaces = forgetting.workspaces_with_old_traces()
    for workspace_id in workspaces:
        with unit_of_work(workspace_id):
            forgetting.forget_old_traces()


class Turn:
    """Works off one shard for a while, a transaction a batch."""

    def __init__(self, workspace_id: UUID, shard: int) -> None:
        self.workspace_id, self.shard = workspace_id, shard
        self._ends = time.monotonic() + TURN_SECONDS

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self._ends

    def work_next(self) -> bool:
        """Work off a batch; whether there may be more."""
        return self._work(None)

    def _work(self, among: Sequence[UUID] | None) -> bool:
        for _ in range(TRIES):
            taken: list[UUID] = []
            try:
                with unit_of_work(self.workspace_id):
                    taken = take(self.shard, among)
                    work(self.shard, taken)
                return len(taken) == MOST_AT_ONCE
            except Exception as error:
                guilty = error if isinstance(error, Guilty) else Guilty("commit", error)
            if is_collision(guilty.error):
                if self.is_over:
                    break
                continue
            if not taken or is_weather(guilty.error) or isinstance(guilty.error, BaseTimeoutException):
                raise guilty.error
            self._isolate(taken, guilty)
            return True
        log.warning("events_left_to_the_sweep", shard=self.shard, error=words_about(guilty.error))
        return False

    def _isolate(self, taken: Sequence[UUID], guilty: Guilty) -> None:
        """Work off all that can be, and set aside what stands alone and still cannot."""
        if len(taken) == 1:
            words = words_about(guilty.error)
            with unit_of_work(self.workspace_id):
                set_aside(self.shard, taken[0], guilty.subscriber, words)
            log.warning("event_set_aside", event_id=str(taken[0]), subscriber=guilty.subscriber, error=words)
            return
        middle = len(taken) // 2
        for half in (taken[:middle], taken[middle:]):
            if not self.is_over:
                self._work(half)
