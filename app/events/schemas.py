"""What intake takes and answers, in Segment's words; the reference page is made from them."""

from typing import Annotated, Any

from msgspec import Meta, Struct

UserId = Annotated[
    str,
    Meta(max_length=255, description="Who it is, by your own id. This or `anonymousId` is needed.", examples=["u1"]),
]
AnonymousId = Annotated[
    str, Meta(max_length=255, description="Who it is, as long as you do not know.", examples=["b52c0f1e"])
]
MessageId = Annotated[
    str,
    Meta(
        max_length=255,
        description="Your number for this event: the same one counts once, within 35 days. Without one, a retry counts "
        "again.",
        examples=["order-1001-paid"],
    ),
]
Timestamp = Annotated[
    str,
    Meta(
        description="When it happened, in ISO 8601: at most 24 hours ahead, and not before 2000. Left out, it is now.",
        examples=["2026-11-20T12:00:00.000Z"],
    ),
]
SentAt = Annotated[
    str,
    Meta(
        description="When it was sent, by the same clock as `timestamp`; a wrong clock is corrected by it.",
        examples=["2026-11-20T12:00:05.000Z"],
    ),
]
Context = Annotated[
    dict[str, Any],
    Meta(
        description="Where it happened: `page`, `campaign`, `userAgent`, `locale`, `sessionId`, and whatever you like. "
        "Of `ip` only a keyed hash is kept.",
        examples=[{"locale": "en-GB", "sessionId": "s-77"}],
    ),
]
Properties = Annotated[
    dict[str, Any],
    Meta(description="What belongs to it: up to 32 kB, up to 8 levels deep.", examples=[{"level": 3, "coins": 120}]),
]
Traits = Annotated[
    dict[str, Any],
    Meta(description="What is known of them; null takes a trait away.", examples=[{"plan": "pro", "city": "Lisbon"}]),
]
EventName = Annotated[
    str, Meta(min_length=1, max_length=200, description="What they did.", examples=["Level Completed"])
]
PageName = Annotated[str, Meta(description="What the page or screen is called.", examples=["Shop"])]
GroupId = Annotated[str, Meta(max_length=255, description="The group they belong to.", examples=["guild-7"])]
PreviousId = Annotated[
    str,
    Meta(
        max_length=255,
        description="What they were called so far: an anonymous id, or a user id.",
        examples=["b52c0f1e"],
    ),
]


class Call(Struct, kw_only=True, rename="camel"):
    user_id: UserId | None = None
    anonymous_id: AnonymousId | None = None
    message_id: MessageId | None = None
    timestamp: Timestamp | None = None
    sent_at: SentAt | None = None
    context: Context | None = None


class Track(Call, kw_only=True, rename="camel"):
    """Something that somebody did."""

    event: EventName
    properties: Properties | None = None


class Identify(Call, kw_only=True, rename="camel"):
    """Who somebody is."""

    traits: Traits | None = None


class Page(Call, kw_only=True, rename="camel"):
    """A page that somebody saw."""

    name: PageName | None = None
    properties: Properties | None = None


class Screen(Call, kw_only=True, rename="camel"):
    """A screen that somebody saw."""

    name: PageName | None = None
    properties: Properties | None = None


class Group(Call, kw_only=True, rename="camel"):
    """A group that somebody belongs to."""

    group_id: GroupId
    traits: Traits | None = None


class Alias(Call, kw_only=True, rename="camel"):
    """Two ids that are one person."""

    previous_id: PreviousId


class Batch(Struct, kw_only=True, rename="camel"):
    """Many events at once."""

    batch: Annotated[
        list[dict[str, Any]],
        Meta(
            max_length=2500,
            description="Events of any kind, each as its own call would take it, with its `type`: track, identify, "
            "page, screen, group or alias.",
            examples=[[{"type": "track", "event": "Level Completed", "userId": "u1", "messageId": "level-3-u1"}]],
        ),
    ]
    sent_at: SentAt | None = None


class Taken(Struct, kw_only=True):
    """It is stored, and on no account lost."""

    success: Annotated[bool, Meta(description="True.", examples=[True])] = True


class Misfit(Struct, kw_only=True):
    """An event of a batch that could not be taken."""

    index: Annotated[int, Meta(description="Its place in the batch, from 0.", examples=[3])]
    code: Annotated[str, Meta(description="Why, for programs.", examples=["name_missing"])]
    message: Annotated[
        str, Meta(description="Why, for people.", examples=["A track call names its event: send event as text."])
    ]


class BatchTaken(Struct, kw_only=True, omit_defaults=True):
    """Everything that is not in `rejected` is stored, and on no account lost."""

    success: Annotated[bool, Meta(description="True.", examples=[True])]
    rejected: Annotated[list[Misfit], Meta(description="What could not be taken; left out when there is nothing.")] = []
