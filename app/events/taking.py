"""Where the requests of one process meet, to be taken in together."""

from collections.abc import Sequence
from uuid import UUID

from app.core.tenancy import unit_of_work
from app.events.grouping import Grouping
from app.events.operations.receiving import Delivery, receive

# A transaction of so many events takes some tens of milliseconds, which is how long a single one may have to wait.
MOST_TOGETHER = 2500


def take(delivery: Delivery) -> None:
    """Take a delivery in, durably, or raise what refuses it."""
    _together.submit(delivery.credential.workspace_id, delivery, len(delivery.events))
    if delivery.refusal is not None:
        raise delivery.refusal


def _receive(workspace_id: UUID, deliveries: Sequence[Delivery]) -> None:
    with unit_of_work(workspace_id):
        receive(deliveries)


_together = Grouping(_receive, most=MOST_TOGETHER)
