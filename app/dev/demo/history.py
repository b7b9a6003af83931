"""Takes in what happened, as the endpoints would have, and works it off, as the worker does."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from app.core.clock import freeze
from app.core.tenancy import unit_of_work
from app.dev.demo.story import Happening
from app.dev.demo.studio import Studio
from app.events.accepted import Accepted
from app.events.jobs import work_off
from app.events.models import SHARDS
from app.events.operations.intake import Arrival, checked, store_arrivals
from app.metrics.jobs import fold_facts

# So many are received at once; each batch at the moment when its last event happened.
AT_ONCE = 250


def write_history(studio: Studio, history: Sequence[Happening]) -> int:
    """Receive all of it, the oldest first; how many events it were."""
    sent = 0
    for batch, at in _batches(history):
        # The clock stands where the batch was received, so that the past looks as if it had been lived through.
        with freeze(at), unit_of_work(studio.workspace_id):
            arrivals = [
                Arrival(studio.apps[one.app], one.trust, event)
                for one in batch
                if isinstance(event := checked(one.call, received_at=at), Accepted)
            ]
            sent += len(store_arrivals(arrivals).ids)
    return sent


def work_everything_off(workspace_id: UUID) -> None:
    """Work off what waits, and fold what was counted; workers that run meanwhile do their part."""
    for shard in range(SHARDS):
        work_off(str(workspace_id), str(shard))
    fold_facts(str(workspace_id))


def _batches(history: Sequence[Happening]) -> Iterator[tuple[Sequence[Happening], datetime]]:
    for start in range(0, len(history), AT_ONCE):
        batch = history[start : start + AT_ONCE]
        yield batch, batch[-1].at
