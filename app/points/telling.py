"""What everybody else is told of points: the figures, developers' servers, the log of what was done by hand."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from app.core.actor import current_actor
from app.core.audit import record
from app.ledger.entries import Entry
from app.metrics.operations import Tally, count
from app.people.models import Person
from app.points.queries import app_of_unit, people_behind
from app.webhooks.operations.announcing import announce
from app.workspaces.models import App
from app.workspaces.queries.apps import app_by_id

# All that was credited less all that was spent is what people hold.
CREDITED, SPENT = "points_credited", "points_spent"
BY_HAND = {"account", "staff"}


def tell(entries: Sequence[Entry]) -> None:
    """Count and announce what was booked; entries that are only found again, for the same cause, were told before."""
    entries = [entry for entry in entries if entry.is_new]
    apps = {unit: app_by_id(app_of_unit(unit)) for unit in {entry.unit for entry in entries}}
    people = people_behind(entries)
    count(_tallies(entries, apps))
    for type in ("points.credited", "points.spent"):
        of_type = [entry for entry in entries if (entry.points_change > 0) == (type == "points.credited")]
        announce(type, [_told(entry, people.get(entry.owner.id), apps[entry.unit]) for entry in of_type])


def write_down(action: str, entries: Sequence[Entry], person_id: UUID) -> None:
    """Put into the log what a person of the team did; what a server did by the thousand stands in the ledger alone."""
    if not entries[0].is_new or current_actor().kind not in BY_HAND:
        return
    after = entries[-1].balance_after
    before = after - sum(entry.points_change for entry in entries)
    record(
        action,
        "person",
        person_id,
        reason=entries[0].details.get("reason"),
        transaction=str(entries[0].id),
        changes={"balance": [before, after]},
    )


def _tallies(entries: Iterable[Entry], apps: Mapping[str, App]) -> Iterable[Tally]:
    """What was taken back was never credited, and what was given back was never spent; a test app counts nowhere."""
    for entry in entries:
        app = apps[entry.unit]
        if app.is_test:
            continue
        is_credit = (entry.points_change > 0) != (entry.reverses is not None)
        value = entry.points_change if is_credit else -entry.points_change
        dimensions = {"app": str(app.id), "kind": entry.kind}
        yield Tally(CREDITED if is_credit else SPENT, entry.at, dimensions, value=value)


def _told(entry: Entry, person: Person | None, app: App) -> dict[str, object]:
    return {
        "transaction_id": entry.id,
        "app_id": app.id,
        "user_id": person.external_id if person else None,
        "points_change": entry.points_change,
        "balance_after_transaction": entry.balance_after,
        "transaction_type": entry.kind,
        "reason": entry.details.get("reason"),
        "is_test": app.is_test,
    }
