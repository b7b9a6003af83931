"""What the API takes and answers about points; the reference page is made from the words here."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import Meta, Struct

from app.core.ids import parse_id
from app.ledger.entries import Entry
from app.points.bounds import LONGEST_REASON, MOST
from app.workspaces.schemas import Moment

# What an ad reward keeps in its metadata, and has a field of its own.
OWN_FIELDS = ("placement_id", "ad_impression_id")

TransactionId = Annotated[UUID, Meta(description="The transaction.", examples=["019e0b3c-9c40-7d21-8a6e-1f0b7c2d4e55"])]
Amount = Annotated[int, Meta(ge=1, le=MOST, description="How many points, a whole number.", examples=[50])]
Reason = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=LONGEST_REASON,
        description="What it is for; kept in the transaction's metadata.",
        examples=["sword"],
    ),
]
Balance = Annotated[int, Meta(description="What the person can spend now.", examples=[120])]


class Points(Struct, kw_only=True):
    """What a person has in the app."""

    balance: Balance
    lifetime_earned: Annotated[
        int, Meta(description="All points ever credited, less what was taken back.", examples=[300])
    ]
    by_provenance: Annotated[
        dict[str, int],
        Meta(
            description="The balance by where it comes from: ad, earned, bonus, cashback. What is empty is left out.",
            examples=[{"ad": 100, "earned": 20}],
        ),
    ]


class NewBonus(Struct, kw_only=True, forbid_unknown_fields=True):
    """Points to be given."""

    amount: Amount
    reason: Reason
    expires_at: (
        Annotated[
            datetime,
            Meta(
                tz=True,
                description="When what is left of them expires; never, if it is not said.",
                examples=["2027-11-20T00:00:00Z"],
            ),
        ]
        | None
    ) = None


class NewSpend(Struct, kw_only=True, forbid_unknown_fields=True):
    """Points to be spent."""

    amount: Amount
    reason: Reason


class NewReversal(Struct, kw_only=True, forbid_unknown_fields=True):
    """How to take a transaction back."""

    partial: Annotated[
        bool,
        Meta(
            description="When part of a credit is spent already: take back what is left instead of refusing.",
            examples=[False],
        ),
    ] = False


class Transaction(Struct, kw_only=True):
    """A change of a person's points; written once and never changed."""

    id: TransactionId
    user_id: Annotated[
        str | None,
        Meta(description="Whose points they are; null for an anonymous or an erased person.", examples=["u1"]),
    ]
    points_change: Annotated[int, Meta(description="Gained (+) or lost (−).", examples=[-50])]
    balance_after_transaction: Annotated[int, Meta(description="What the person could spend after it.", examples=[70])]
    transaction_type: Annotated[
        str,
        Meta(
            description="`ad_reward`, `bonus`, `points_spent`, `reversal`, `expiry` or `merge`; more may come.",
            examples=["points_spent"],
        ),
    ]
    provenance: Annotated[str, Meta(description="Which of the person's points it changed.", examples=["bonus"])]
    placement_id: Annotated[UUID | None, Meta(description="The ad placement that earned them.", examples=[None])]
    ad_impression_id: Annotated[str | None, Meta(description="The ad view that earned them.", examples=[None])]
    reverses: Annotated[UUID | None, Meta(description="The transaction that this one takes back.", examples=[None])]
    reversed_by: Annotated[UUID | None, Meta(description="The transaction that took this one back.", examples=[None])]
    transaction_timestamp: Moment
    metadata: Annotated[
        dict[str, Any], Meta(description="What else is known, such as the reason.", examples=[{"reason": "sword"}])
    ]

    @classmethod
    def of(cls, entry: Entry, user_id: str | None) -> "Transaction":
        return cls(
            id=entry.id,
            user_id=user_id,
            points_change=entry.points_change,
            balance_after_transaction=entry.balance_after,
            transaction_type=entry.kind,
            provenance=entry.provenance,
            placement_id=_id(entry.details.get("placement_id")),
            ad_impression_id=entry.details.get("ad_impression_id"),
            reverses=entry.reverses,
            reversed_by=entry.reversed_by,
            transaction_timestamp=entry.at.astimezone(UTC),
            metadata={name: value for name, value in entry.details.items() if name not in OWN_FIELDS},
        )


class Spent(Struct, kw_only=True):
    """What was spent, and from which points."""

    points_change: Annotated[int, Meta(description="What was spent, as a negative number.", examples=[-50])]
    balance_after_transaction: Balance
    transactions: Annotated[
        list[Transaction],
        Meta(description="One for each kind of points they were taken from; those that expire soonest go first."),
    ]


def _id(text: object) -> UUID | None:
    return parse_id(text) if isinstance(text, str) else None
