"""What the kinds of transactions and the sources of points are called on screens, said once."""

from dataclasses import dataclass

from app.core.moments import number


@dataclass(frozen=True)
class Kind:
    """A kind of transaction: how lists call it, and the icon in a timeline."""

    label: str
    icon: str


KINDS = {
    "ad_reward": Kind("Ad reward", "play"),
    "bonus": Kind("Bonus", "gift"),
    "points_spent": Kind("Spent", "shopping-bag"),
    "reversal": Kind("Given or taken back", "undo-2"),
    "expiry": Kind("Expired", "hourglass"),
    "merge": Kind("Joined", "merge"),
}
PROVENANCES = {"ad": "Ad", "earned": "Earned", "bonus": "Bonus", "cashback": "Cashback"}

# The books that points come from and go to: what they are called, and what they are.
PLATFORM_BOOKS = {
    "issuance": ("Issuance", "Where all points come from"),
    "spent": ("Spent", "Where points go that were spent"),
    "expired": ("Expired", "Where points go that nobody spent in time"),
}


def kind_named(kind: str) -> Kind:
    """A kind, also one that a later release of the ledger writes."""
    return KINDS.get(kind) or Kind(kind.replace("_", " ").capitalize(), "coins")


def provenance_named(provenance: str) -> str:
    return PROVENANCES.get(provenance) or provenance.replace("_", " ").capitalize()


def points_of_kind(provenance: str) -> str:
    """Bonus points"""
    return f"{provenance_named(provenance)} points"


def signed(points: int) -> str:
    """+1,200 or −50, with the sign that stands as wide as a figure."""
    return f"{'−' if points < 0 else '+'}{number(abs(points))}"


def counted(points: int) -> str:
    return f"{number(points)} {'point' if points == 1 else 'points'}"


CAUSES = {
    "by_hand": "Done by hand, on these pages",
    "api_call": "A call to the API",
    "person_joined": "Two people turned out to be one",
    "person_parted": "An anonymous person turned out to be somebody else",
    "reversal": "An earlier transaction was taken back",
    "expiry": "The points expired",
}


def cause_named(kind: str, id: str) -> str:
    return CAUSES.get(kind) or f"{kind.replace('_', ' ').capitalize()} {id}"
