"""What the API answers about events that were sent; the reference page is made from the words here."""

from collections.abc import Sequence
from datetime import UTC
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct

from app.core.listing import Cursor
from app.events import models
from app.events.effect_words import told
from app.events.queries.standing import Effect as Noted
from app.events.queries.standing import Status
from app.people.models import LONGEST_ID
from app.workspaces.schemas import AppId, Moment

# Said of an event that was worked off, and of which nobody noted anything.
COUNTED = Noted("events", "counted", {})

EventId = Annotated[UUID, Meta(description="The event.", examples=["019e0b3c-a200-7d4c-9e2f-3a5b7c9d1e2f"])]


class Which(Cursor, kw_only=True, forbid_unknown_fields=True):
    """Which events are wanted."""

    user_id: (
        Annotated[str, Meta(min_length=1, max_length=LONGEST_ID, description="Only those sent with this user id.")]
        | None
    ) = None
    anonymous_id: (
        Annotated[str, Meta(min_length=1, max_length=LONGEST_ID, description="Only those sent with this anonymous id.")]
        | None
    ) = None
    name: (
        Annotated[str, Meta(min_length=1, max_length=models.LONGEST_NAME, description="Only those of this name.")]
        | None
    ) = None
    app_id: Annotated[
        UUID | None, Meta(description="Only those of this app. A key of one app sees no other's anyway.")
    ] = None
    message_id: (
        Annotated[
            str,
            Meta(min_length=1, max_length=LONGEST_ID, description="Only the one with this message id, for 35 days."),
        ]
        | None
    ) = None


class Effect(Struct, kw_only=True):
    """Something that an event caused, or why it caused nothing."""

    subscriber: Annotated[str, Meta(description="The part of Guerdon that says so.", examples=["people"])]
    kind: Annotated[str, Meta(description="What it was, for programs.", examples=["created"])]
    text: Annotated[str, Meta(description="The same for people.", examples=["A new person"])]
    details: Annotated[dict[str, Any], Meta(description="What belongs to it.", examples=[{}])]

    @classmethod
    def of(cls, noted: Noted) -> "Effect":
        said = told(noted.subscriber, noted.kind, noted.details)
        text = ": ".join(filter(None, (said.title, said.text)))
        return cls(subscriber=noted.subscriber, kind=noted.kind, text=text, details=noted.details)


class Failure(Struct, kw_only=True):
    """Why an event could not be worked off."""

    subscriber: Annotated[str, Meta(description="The part that failed.", examples=["points"])]
    error: Annotated[str, Meta(description="What it said.", examples=["ValueError: no such unit"])]
    failed_at: Moment


class Event(Struct, kw_only=True):
    """Something that a person did."""

    id: EventId
    app_id: AppId
    message_id: Annotated[str, Meta(description="The sender's own id for it; it counts once.", examples=["m-1001"])]
    type: Annotated[
        Literal["track", "page", "screen", "identify", "group", "alias"], Meta(description="Which call it came by.")
    ]
    name: Annotated[
        str, Meta(description="The event's name; for calls other than track, their type.", examples=["level_completed"])
    ]
    user_id: Annotated[str | None, Meta(description="The app's own id of the person.", examples=["u1"])]
    anonymous_id: Annotated[str | None, Meta(description="The id of the device or browser.", examples=["anon-7"])]
    session_id: Annotated[str | None, Meta(description="The sender's session, if it said one.", examples=[None])]
    occurred_at: Moment
    received_at: Moment
    trust: Annotated[
        Literal["server", "browser", "network"], Meta(description="How far it can be believed: who sent it.")
    ]
    properties: Annotated[
        dict[str, Any], Meta(description="Properties, or traits of identify and group.", examples=[{"level": 7}])
    ]
    context: Annotated[dict[str, Any], Meta(description="What the SDK said of where it was sent from.")]
    country: Annotated[str | None, Meta(description="Two letters, if it was said.", examples=["PT"])]
    status: Annotated[Status, Meta(description="Whether it waits, was processed, or failed and was set aside.")]
    effects: Annotated[list[Effect], Meta(description="What it caused, or why nothing; empty until it is processed.")]
    failure: Annotated[Failure | None, Meta(description="Why it was set aside, if it was.", examples=[None])]

    @classmethod
    def of(
        cls, event: models.Event, status: Status, effects: Sequence[Noted], failure: models.EventFailure | None
    ) -> "Event":
        copied = ("id", "app_id", "message_id", "name", "user_id", "anonymous_id", "session_id", "trust", "country")
        return cls(
            **{field: getattr(event, field) for field in copied},
            type=event.kind,  # type: ignore[arg-type]
            properties=event.properties,
            context=event.context,
            occurred_at=event.occurred_at.astimezone(UTC),
            received_at=event.received_at.astimezone(UTC),
            status=status,
            effects=[Effect.of(one) for one in effects or ([COUNTED] if status == "processed" else [])],
            failure=_failure(failure) if failure and status == "failed" else None,
        )


def _failure(failure: models.EventFailure) -> Failure:
    failed_at = failure.created_at.astimezone(UTC)
    return Failure(subscriber=failure.subscriber, error=failure.error, failed_at=failed_at)
