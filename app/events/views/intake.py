"""/v1: events in, at the addresses and in the words of Segment's tracking API."""

from collections.abc import Callable
from typing import Any

from flask import request

from app.core.actor import Actor, act_as
from app.core.api import Api
from app.core.clock import now
from app.core.errors import DomainError, Invalid
from app.core.tenancy import enter
from app.events import cors, schemas
from app.events.accepted import Accepted, Rejected
from app.events.checking import checked
from app.events.intake_refusals import BATCH, SINGLE
from app.events.operations.receiving import Delivery
from app.events.reading import Sent, batch, document_in, single, unpacked
from app.events.taking import take
from app.workspaces.key_access import sender, sent_credential

api = Api("intake", __name__, title="Events in")
api.after_request(cors.allow)

# So much of a body that is too large is read before it is refused: who is cut off while sending never sees the answer.
MOST_READ = 4_000_000
# Where the short way in leaves the error that it met, which is told here.
FAILED = "guerdon.failed"


@api.on("POST", "/track", own_body=schemas.Track, also=("/t",), refusals=SINGLE)
@sender
def track() -> schemas.Taken:
    """Send an event.

    Something that somebody did. The answer comes when it is stored. Also at `/v1/t`.
    """
    return _one("track")


@api.on("POST", "/identify", own_body=schemas.Identify, also=("/i",), refusals=SINGLE)
@sender
def identify() -> schemas.Taken:
    """Say who somebody is.

    With both ids, what was done under the anonymous one becomes the user's. Also at `/v1/i`.
    """
    return _one("identify")


@api.on("POST", "/page", own_body=schemas.Page, also=("/p",), refusals=SINGLE)
@sender
def page() -> schemas.Taken:
    """Send a page view.

    A page that somebody saw. Also at `/v1/p`.
    """
    return _one("page")


@api.on("POST", "/screen", own_body=schemas.Screen, also=("/s",), refusals=SINGLE)
@sender
def screen() -> schemas.Taken:
    """Send a screen view.

    A screen that somebody saw. Also at `/v1/s`.
    """
    return _one("screen")


@api.on("POST", "/group", own_body=schemas.Group, also=("/g",), refusals=SINGLE)
@sender
def group() -> schemas.Taken:
    """Put somebody into a group.

    A company, a guild, a class. Also at `/v1/g`.
    """
    return _one("group")


@api.on("POST", "/alias", own_body=schemas.Alias, also=("/a",), refusals=SINGLE)
@sender
def alias() -> schemas.Taken:
    """Say that two ids are one person.

    A publishable key may give an anonymous id to a user; only a secret one joins two users. Also at `/v1/a`.
    """
    return _one("alias")


@api.on("POST", "/batch", own_body=schemas.Batch, also=("/b", "/import"), refusals=BATCH)
@sender
def send_batch() -> schemas.BatchTaken:
    """Send many events.

    Events of any kind, up to 2,500 of them and 500 kB. What cannot be taken is named in `rejected`, and the rest is
    stored. Also at `/v1/b` and `/v1/import`.
    """
    refused = [(place, found) for place, found in enumerate(_taken(batch)) if isinstance(found, Rejected)]
    misfits = [schemas.Misfit(index=place, code=found.code, message=found.message) for place, found in refused]
    return schemas.BatchTaken(success=True, rejected=misfits)


def _one(kind: str) -> schemas.Taken:
    for found in _taken(single, kind):
        # By now it is remembered as refused, in a transaction of its own.
        if isinstance(found, Rejected):
            raise Invalid(found.code, found.message)
    return schemas.Taken()


def _taken(form: Callable[[Any], Sent], kind: str | None = None) -> list[Accepted | Rejected]:
    """Take in what was sent; each event of it is accepted or rejected."""
    if failed := request.environ.get(FAILED):
        raise failed
    sent, unreadable = _sent(form)
    credential = sent_credential(sent.key)
    address = request.remote_addr if credential.kind == "publishable" else None
    at = now()
    found = [checked(raw, kind=kind, sent_at=sent.sent_at, received_at=at, address=address) for raw in sent.events]
    delivery = Delivery(credential, request.headers.get("Guerdon-App"), request.headers.get("Origin"), found)
    take(delivery)
    enter(credential.workspace_id)
    act_as(Actor("key", delivery.key_id))
    if unreadable:
        # Told to whoever has a good key; others are told that theirs is not.
        raise unreadable
    return found


def _sent(form: Callable[[Any], Sent]) -> tuple[Sent, DomainError | None]:
    """What the body holds, or why it cannot be read."""
    request.max_content_length = MOST_READ
    try:
        body = unpacked(request.get_data(cache=False), request.headers.get("Content-Encoding", ""))
        return form(document_in(body)), None
    except DomainError as unreadable:
        return Sent([]), unreadable
