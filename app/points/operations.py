"""Points as developers know them: given, spent, taken back. The ledger keeps the books, and everybody is told."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.core.clock import now
from app.core.errors import Conflict, Invalid
from app.core.text import one_line
from app.ledger import operations as ledger
from app.ledger.operations import Cause, Entry, Owner, points_of
from app.people.models import Person
from app.people.queries.people import person_by_id
from app.points.bounds import FARTHEST_EXPIRY, LONGEST_REASON, MOST
from app.points.queries import balance_of, person_under_lock
from app.points.telling import tell, write_down
from app.points.words import counted


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
    tell([entry])
    write_down("points.granted", [entry], person.id)
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
    tell(entries)
    write_down("points.taken", entries, person.id)
    return entries


def give_back(transaction_id: UUID, *, partial: bool = False) -> Entry:
    """Undo a transaction, once: a spend goes back to the person, a credit is taken from them."""
    entry = ledger.reverse(transaction_id, partial=partial)
    action = "points.given_back" if entry.points_change > 0 else "points.taken_back"
    tell([entry])
    write_down(action, [entry], person_by_id(entry.owner.id).id)
    return entry


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
