"""What becomes of points when two people turn out to be one, or one turns out to be two, and when they expire.

Erasing a person changes nothing here: the books name nobody, and what was owed must still add up.
"""

from collections.abc import Sequence
from uuid import UUID

from app.ledger import operations as ledger
from app.ledger.operations import Cause, Entry, Owner
from app.ledger.queries.lists import has_books
from app.ledger.signals import points_expired
from app.people.signals import person_joined, person_parted
from app.points.telling import tell


@person_joined.connect
def bring_along(_sender: None, *, absorbed: UUID, into: UUID) -> None:
    """Whoever became part of somebody brings their points along."""
    if has_books(absorbed):
        ledger.move_all(Owner("person", absorbed), Owner("person", into), cause=Cause("person_joined", str(absorbed)))


@person_parted.connect
def take_along(_sender: None, *, person: UUID, left: UUID, joins: UUID) -> None:
    """Whoever belonged to somebody else takes along what they had brought."""
    if has_books(person):
        ledger.move_back(Owner("person", person), Owner("person", left), Owner("person", joins))


@points_expired.connect
def tell_of_expiry(_sender: None, *, entries: Sequence[Entry]) -> None:
    """What expired is gone as what was spent is."""
    tell(entries)
