"""What accounts announce, and what they ask the features above them."""

from dataclasses import dataclass

from blinker import Namespace

_signals = Namespace()

deletion_considered = _signals.signal("deletion-considered")  # Account; a receiver returns a list of Consequence
account_deleted = _signals.signal("account-deleted")  # Account, while it still has its name
invitation_sought = _signals.signal("invitation-sought")  # str, an address key; returns whether it is invited


@dataclass(frozen=True)
class Consequence:
    """What a deletion does to one thing, or why that thing must be settled first; `href` leads there."""

    text: str
    blocks: bool = False
    href: str | None = None
