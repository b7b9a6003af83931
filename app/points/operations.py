"""Points as developers know them: given, spent, taken back; counted, announced, and written into the log.

The ledger keeps the books. What is added here is what everybody else is told of it.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.core.actor import current_actor
from app.core.audit import record
from app.core.clock import now
from app.core.errors import Conflict, Invalid
from app.core.text import one_line
from app.ledger import operations as ledger
from app.ledger.operations import Cause, Entry, Owner, points_of
from app.metrics.operations import Tally, count
from app.people.models import Person
from app.people.queries.people import person_by_id
from app.points.bounds import FARTHEST_EXPIRY, LONGEST_REASON, MOST
from app.points.queries import app_of_unit, balance_of, person_under_lock
from app.points.words import counted
from app.webhooks.operations.announcing import announce
from app.workspaces.queries.apps import app_by_id

# What an entry is counted as, so that all that was credited less all that was spent is what people hold.
CREDITED, SPENT = "points_credited", "points_spent"


def grant_bonus(person: Person, amount: int, reason: str, *, cause: Cause, expires_at: datetime | None = None) -> Entry:
    """Give points as a gift; the same cause again changes nothing and tells the first entry."""
    person = _living(person)
    entry = ledger.credit(
        Owner("person", person.id),
        points_of(person.app_id),
        _amount(amount),
        provenance="bonus",
        kind="bonus",
        cause=cause,
        details={"reason": _reason(reason)},
        expires_at=_ahead(expires_at),
    )
    _refuse_another(entry, person, amount)
    _tell([entry], person, "points.granted")
    return entry


def spend_points(person: Person, amount: int, reason: str, *, cause: Cause) -> Sequence[Entry]:
    """Take points for something, those that expire soonest first; the same cause again changes nothing."""
    person = _living(person)
    unit, details = points_of(person.app_id), {"reason": _reason(reason)}
    try:
        entries = ledger.spend(
            Owner("person", person.id), unit, _amount(amount), kind="points_spent", cause=cause, details=details
        )
    except Conflict as refused:
        raise _with_what_is_there(refused, person) from None
    _refuse_another(entries[0], person, -amount, sum(entry.points_change for entry in entries))
    _tell(entries, person, "points.taken")
    return entries


def give_back(transaction_id: UUID, *, partial: bool = False) -> Entry:
    """Undo a transaction, once: a spend goes back to the person, a credit is taken from them."""
    entry = ledger.reverse(transaction_id, partial=partial)
    _tell(
        [entry], person_by_id(entry.owner.id), "points.given_back" if entry.points_change > 0 else "points.taken_back"
    )
    return entry


def _tell(entries: Sequence[Entry], person: Person, action: str) -> None:
    """Count it, announce it, and write it down where somebody did it by hand; once, however often it is asked for."""
    if not entries[0].is_new:
        return
    app = app_by_id(app_of_unit(entries[0].unit))
    if not app.is_test:
        count(_tally(entry, app.id) for entry in entries)
    for type in ("points.credited", "points.spent"):
        announce(type, [_told(entry, person, app.is_test) for entry in entries if _type(entry) == type])
    if current_actor().kind in {"account", "staff"}:
        _write_down(entries, person, action)


def _type(entry: Entry) -> str:
    return "points.credited" if entry.points_change > 0 else "points.spent"


def _tally(entry: Entry, app_id: UUID) -> Tally:
    """What was taken back was never credited, and what was given back was never spent."""
    undoes = entry.reverses is not None
    is_credit = (entry.points_change > 0) != undoes
    value = entry.points_change if is_credit else -entry.points_change
    dimensions = {"app": str(app_id), "kind": entry.kind}
    return Tally(CREDITED if is_credit else SPENT, entry.at, dimensions, n=1, value=value)


def _told(entry: Entry, person: Person, is_test: bool) -> dict[str, object]:
    return {
        "transaction_id": entry.id,
        "app_id": person.app_id,
        "user_id": person.external_id,
        "points_change": entry.points_change,
        "balance_after_transaction": entry.balance_after,
        "transaction_type": entry.kind,
        "reason": entry.details.get("reason"),
        "is_test": is_test,
    }


def _write_down(entries: Sequence[Entry], person: Person, action: str) -> None:
    after = entries[-1].balance_after
    before = after - sum(entry.points_change for entry in entries)
    record(
        action,
        "person",
        person.id,
        reason=entries[0].details.get("reason"),
        transaction=str(entries[0].id),
        changes={"balance": [before, after]},
    )


def _refuse_another(entry: Entry, person: Person, amount: int, moved: int | None = None) -> None:
    """One cause moves one thing: a form that is sent again with something else in it is told so."""
    moved = entry.points_change if moved is None else moved
    if not entry.is_new and (entry.owner.id != person.id or moved != amount):
        raise Conflict("cause_used", "This form was sent before, with something else in it. Look at it, then send it.")


def _living(person: Person) -> Person:
    person = person_under_lock(person.id)
    if person.erased_at is not None:
        raise Conflict("person_erased", "This person was erased. Nothing is given to nobody, or taken from them.")
    return person


def _with_what_is_there(refused: Conflict, person: Person) -> Conflict:
    if refused.code != "insufficient_points":
        return refused
    return Conflict(refused.code, f"Only {counted(balance_of(person).balance)} can be spent.", field="amount")


def _amount(amount: int) -> int:
    if not 0 < amount <= MOST:
        raise Invalid("amount_not_valid", f"Move between 1 and {MOST:,} points at a time.", field="amount")
    return amount


def _reason(text: str) -> str:
    reason = one_line(text)
    if not 0 < len(reason) <= LONGEST_REASON:
        raise Invalid("reason_not_valid", f"A reason has 1 to {LONGEST_REASON} characters.", field="reason")
    return reason


def _ahead(expires_at: datetime | None) -> datetime | None:
    if expires_at is not None and not now() < expires_at <= now() + FARTHEST_EXPIRY:
        words = "Points expire in the future, within the next hundred years."
        raise Invalid("expires_at_not_valid", words, field="expires_at")
    return expires_at
