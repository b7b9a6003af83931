"""/v1: what people have, and giving, spending and taking back."""

from uuid import UUID

from app.core.api import Api
from app.core.errors import Invalid, Missing
from app.core.ids import new_id
from app.core.listing import Cursor, Listing
from app.core.refusals import Refusal
from app.ledger.entries import Cause, Entry, points_of
from app.ledger.queries import entry
from app.people.operations.identity import person_for_user
from app.people.queries.people import person_by_id, person_of_user
from app.people.schemas import UserId
from app.points import schemas
from app.points.operations import give_back, grant_bonus, spend_points
from app.points.queries import balance_of, statement_of
from app.workspaces.key_access import APP_NEEDED, key, this_app

api = Api("points_api", __name__, title="Points")

UNKNOWN = Refusal(404, "person_unknown", "Nobody of the app is known by this user id.")
NO_SUCH = Refusal(404, "transaction_unknown", "There is no such transaction, or it is of another app.")
NO_REASON = Refusal(422, "reason_not_valid", "Nothing is left of the reason without control characters and blanks.")


@api.on("GET", "/people/<user:user_id>/points", refusals=(APP_NEEDED, UNKNOWN))
@key("read")
def show_points(user_id: UserId) -> schemas.Points:
    """Read a balance.

    What a person can spend now, and what they were ever given. Points that are due to expire are left out at once.
    """
    found = balance_of(person_of_user(this_app(), user_id))
    return schemas.Points(
        balance=found.balance, lifetime_earned=found.lifetime_earned, by_provenance=found.by_provenance
    )


@api.on("GET", "/people/<user:user_id>/transactions", refusals=(APP_NEEDED, UNKNOWN, NO_SUCH))
@key("read")
def list_transactions(user_id: UserId, query: Cursor) -> Listing[schemas.Transaction]:
    """List a person's transactions.

    Newest first, in the order in which they were booked. A transaction is written once; what undoes it is another.
    """
    person = person_of_user(this_app(), user_id)
    after, before = query.starting_after, query.ending_before
    if after and before:
        raise Invalid("not_valid", "Send starting_after or ending_before, not both.", field="ending_before")
    found = statement_of(person, most=query.limit + 1, before=after, after=before)
    has_more = len(found) > query.limit
    shown = found[-query.limit :] if before else found[: query.limit]
    return Listing(data=[schemas.Transaction.of(one, person.external_id) for one in shown], has_more=has_more)


@api.on(
    "POST",
    "/people/<user:user_id>/points/bonuses",
    status=201,
    refusals=(
        APP_NEEDED,
        NO_REASON,
        Refusal(422, "user_id_length", "A user id has 1 to 255 characters."),
        Refusal(422, "expires_at_not_valid", "The points would expire in the past, or in more than a hundred years."),
    ),
)
@key("manage")
def grant(user_id: UserId, body: schemas.NewBonus) -> schemas.Transaction:
    """Grant a bonus.

    Gives points. A user id that was never seen becomes a person. Send an `Idempotency-Key`, and a repeated request
    gives them once.
    """
    person = person_for_user(this_app(), user_id)
    given = grant_bonus(person, body.amount, body.reason, cause=_this_call(), expires_at=body.expires_at)
    return schemas.Transaction.of(given, person.external_id)


@api.on(
    "POST",
    "/people/<user:user_id>/points/spends",
    status=201,
    refusals=(
        APP_NEEDED,
        UNKNOWN,
        NO_REASON,
        Refusal(409, "insufficient_points", "The person has not so many points."),
    ),
)
@key("manage")
def spend(user_id: UserId, body: schemas.NewSpend) -> schemas.Spent:
    """Spend points.

    All of the amount or nothing. Points that expire soonest go first; a spend that draws on several kinds of points
    (`bonus`, `ad`, …) is one transaction for each.
    """
    person = person_of_user(this_app(), user_id)
    entries = spend_points(person, body.amount, body.reason, cause=_this_call())
    return schemas.Spent(
        points_change=sum(one.points_change for one in entries),
        balance_after_transaction=entries[-1].balance_after,
        transactions=[schemas.Transaction.of(one, person.external_id) for one in entries],
    )


@api.on("GET", "/transactions/<uuid:transaction_id>", refusals=(APP_NEEDED, NO_SUCH))
@key("read")
def show_transaction(transaction_id: schemas.TransactionId) -> schemas.Transaction:
    """Read a transaction.

    One transaction of the app, by its id.
    """
    return _shown(_mine(transaction_id))


@api.on(
    "POST",
    "/transactions/<uuid:transaction_id>/reversals",
    status=201,
    refusals=(
        APP_NEEDED,
        NO_SUCH,
        Refusal(409, "already_reversed", "The transaction was taken back before; that happens once."),
        Refusal(409, "already_spent", "Of the credit some or all is spent; `partial` takes back what is left."),
        Refusal(409, "not_reversible", "Only what was given or spent can be taken back."),
    ),
)
@key("manage")
def reverse(transaction_id: schemas.TransactionId, body: schemas.NewReversal) -> schemas.Transaction:
    """Take a transaction back.

    A spend is given back to the person; a credit is taken from them. It is a transaction of its own, and the first one
    stays as it was written.
    """
    return _shown(give_back(_mine(transaction_id).id, partial=body.partial))


def _this_call() -> Cause:
    """Each call moves points of its own; one sent again is known by its idempotency key before it comes here."""
    return Cause("api_call", str(new_id()))


def _mine(transaction_id: UUID) -> Entry:
    """A transaction of the app that this call is about; the others do not exist."""
    unit = points_of(this_app())
    found = entry(transaction_id)
    if found.unit != unit:
        raise Missing(NO_SUCH.code, "There is no such transaction.")
    return found


def _shown(found: Entry) -> schemas.Transaction:
    return schemas.Transaction.of(found, person_by_id(found.owner.id).external_id)
