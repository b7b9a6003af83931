"""The channel that calls developers' servers: one signed request, kept with its answer, and what follows from it."""

from datetime import datetime, timedelta

from app.core.audit import record
from app.core.clock import now
from app.core.db import session
from app.core.outbox_targets import give_up_all, wake
from app.core.parcels import Later, Parcel, Refused
from app.core.tenancy import unit_of_work
from app.webhooks import signals
from app.webhooks.exchanges import Letter, Outcome, asked_to_wait, letter_to, sent
from app.webhooks.models import WebhookAttempt, WebhookEndpoint
from app.webhooks.operations.announcing import CHANNEL
from app.webhooks.queries.endpoints import endpoint_by_id, find_endpoint
from app.webhooks.types import TEST

GONE = 410
PATIENCE = timedelta(days=5)
# Without an attempt for so long, a failure is the first of its kind: retries come at least once a day.
FORGOTTEN_AFTER = timedelta(days=2)
# A server that does not answer costs a worker seconds each time, so its other messages wait longer and longer.
SHORTEST_REST, LONGEST_REST = timedelta(seconds=5), timedelta(minutes=5)
REASONS = {
    "by_hand": "The endpoint was disabled.",
    "gone": "The endpoint was disabled: it answered 410, which means that it is gone.",
    "failing": "The endpoint was disabled: nothing had reached it for five days.",
}


class NotTaken(Exception):
    """The server answered, and did not take the message."""


def deliver(parcel: Parcel) -> None:
    """Send one message once, and raise where it was not taken."""
    with unit_of_work(parcel.workspace_id):
        letter = _letter(parcel)
    # No transaction is open while a stranger is waited for.
    outcome = sent(letter)
    with unit_of_work(parcel.workspace_id):
        failure = _concluded(parcel, letter, outcome)
    if failure:
        raise failure


def _letter(parcel: Parcel) -> Letter:
    endpoint = find_endpoint(parcel.target_id) if parcel.target_id else None
    if endpoint is None:
        raise Refused("The endpoint was deleted.")
    if endpoint.disabled_because:
        raise Refused(REASONS[endpoint.disabled_because])
    return letter_to(endpoint, parcel)


def _concluded(parcel: Parcel, letter: Letter, outcome: Outcome) -> Exception | None:
    endpoint = find_endpoint(parcel.target_id) if parcel.target_id else None
    if endpoint is None:
        return Refused("The endpoint was deleted.")
    attempt = WebhookAttempt(
        endpoint_id=endpoint.id,
        message_id=parcel.id,
        type=letter.type,
        number=parcel.attempt,
        request=letter.as_kept(),
        response_status=outcome.answer.status if outcome.answer else None,
        response=outcome.as_kept(),
        error=outcome.error,
        duration_ms=outcome.milliseconds,
        succeeded=outcome.succeeded,
    )
    session.add(attempt)
    session.flush()
    if outcome.succeeded:
        if endpoint.failing_since is not None:
            _recover(endpoint)
        return None
    return _failed(endpoint, letter.type == TEST, outcome)


def _recover(endpoint: WebhookEndpoint) -> None:
    endpoint = endpoint_by_id(endpoint.id, lock=True)
    endpoint.failing_since = None
    session.flush()
    wake(CHANNEL, endpoint.id)


def _failed(endpoint: WebhookEndpoint, is_test: bool, outcome: Outcome) -> Exception:
    """Note since when it fails, disable it when that is too long, and say when to come again."""
    words, at = outcome.error or "", now()
    # Messages fail side by side; the lock lets one after the other look at the endpoint and change it.
    endpoint = endpoint_by_id(endpoint.id, lock=True)
    if not is_test:
        _note_failure(endpoint, at)
    if outcome.answer and outcome.answer.status == GONE:
        _disable(endpoint, "gone", at)
    elif endpoint.failing_since and at - endpoint.failing_since >= PATIENCE:
        _disable(endpoint, "failing", at)
    session.flush()
    if is_test or endpoint.disabled_at:
        return Refused(words)
    if outcome.answer is None:
        failing_for = at - (endpoint.failing_since or at)
        return Later(words, rest=min(max(failing_for / 4, SHORTEST_REST), LONGEST_REST))
    wait = asked_to_wait(outcome.answer, at)
    return Later(words, pause=wait, rest=wait) if wait else NotTaken(words)


def _note_failure(endpoint: WebhookEndpoint, at: datetime) -> None:
    before = endpoint.last_failed_at
    if endpoint.failing_since is None or before is None or at - before > FORGOTTEN_AFTER:
        endpoint.failing_since = at
    endpoint.last_failed_at = at


def _disable(endpoint: WebhookEndpoint, because: str, at: datetime) -> None:
    if endpoint.disabled_at is not None:
        return
    endpoint.disabled_at, endpoint.disabled_because = at, because
    session.flush()
    give_up_all(endpoint.id, REASONS[because])
    record("webhook.disabled", "webhook", endpoint.id, name=endpoint.title, reason=REASONS[because])
    signals.endpoint_disabled.send(endpoint)
