"""What taking a transaction back would do now, in the words of the dialog that asks for it."""

from dataclasses import dataclass

from app.core.moments import number
from app.ledger.entries import Balance, Entry
from app.points.words import counted

# What is itself the undoing, moving or ending of something is not undone.
FINAL = {"reversal", "merge", "expiry"}


@dataclass(frozen=True)
class Undoing:
    """The dialog of a transaction that can be taken back."""

    trigger: str
    title: str
    words: str
    submit: str
    is_partial: bool = False


def undoing(entry: Entry, held: Balance, who: str) -> Undoing | None:
    """What can be undone of this transaction; nothing of what was undone, moved or ended, or is spent."""
    if entry.reversed_by or entry.kind in FINAL or entry.owner.kind != "person":
        return None
    amount = abs(entry.points_change)
    if entry.points_change < 0:
        back = "goes" if amount == 1 else "go"
        words = f"{counted(amount)} {back} back to {who}, who then has {number(held.balance + amount)}."
        return Undoing("Give back…", f"Give {counted(amount)} back to {who}?", words, "Give back")
    left = min(amount, held.by_provenance.get(entry.provenance, 0))
    if left == 0:
        return None
    then = f"who then has {number(held.balance - left)}"
    if left < amount:
        words = (
            f"{number(left)} of the {counted(amount)} are left. They are taken back from {who}, {then}; "
            f"the other {number(amount - left)} are spent and stay so."
        )
        return Undoing("Take back…", f"Take what is left back from {who}?", words, "Take back", is_partial=True)
    are = "is" if amount == 1 else "are"
    words = f"{counted(amount)} {are} taken back from {who}, {then}."
    return Undoing("Take back…", f"Take {counted(amount)} back from {who}?", words, "Take back")


def why_not(entry: Entry) -> str | None:
    """Why a credit that nothing forbids to take back cannot be taken back all the same."""
    if entry.reversed_by or entry.kind in FINAL or entry.points_change < 0:
        return None
    return "These points are spent, so they cannot be taken back."
