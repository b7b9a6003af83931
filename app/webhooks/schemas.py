"""What the API takes and answers about webhooks; the reference page is made from the words here."""

import json
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from app.core.listing import Cursor
from app.webhooks import models
from app.webhooks.types import TYPES

EndpointId = Annotated[UUID, Meta(description="The endpoint.", examples=["019e0b3c-a100-7c4e-8d21-6b1f0a9c3e55"])]
AttemptId = Annotated[UUID, Meta(description="The attempt.", examples=["019e0b3c-a2f0-7b19-9c07-1d2e3f4a5b6c"])]
MessageId = Annotated[
    UUID,
    Meta(
        description="The message: all attempts at it carry this as `webhook-id`.",
        examples=["019e0b3c-a2e8-7d44-b1a2-0f9e8d7c6b5a"],
    ),
]
Url = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2000,
        description="Where it is: https, on the public internet, port 443 or one from 1024 on.",
        examples=["https://api.tidepool.example/hooks"],
    ),
]
Description = Annotated[str, Meta(max_length=100, description="What the team calls it.", examples=["Game server"])]
TypeName = Annotated[str, Meta(extra_json_schema={"enum": list(TYPES)})]
Types = Annotated[
    list[TypeName],
    Meta(min_length=1, max_length=100, description="What it is told.", examples=[["points.credited", "points.spent"]]),
]
Secret = Annotated[
    str,
    Meta(
        description="What its messages are signed with. Keep it: it is answered this once, and shown in the portal.",
        examples=["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD6xBBBBBBBBA="],
    ),
]
Moment = Annotated[datetime, Meta(tz=True, description="In UTC.", examples=["2026-11-20T09:00:00Z"])]


class NewEndpoint(Struct, kw_only=True, forbid_unknown_fields=True):
    """A server that wants to be told."""

    url: Url
    types: Types
    description: Description | None = None


class EndpointChange(Struct, kw_only=True, forbid_unknown_fields=True):
    """What changes in an endpoint; what is left out stays."""

    url: Url | UnsetType = UNSET
    types: Types | UnsetType = UNSET
    description: Description | UnsetType | None = UNSET
    enabled: (
        Annotated[
            bool,
            Meta(description="false: it is told nothing more, and what waits is given up. true: it is told again."),
        ]
        | UnsetType
    ) = UNSET


class Endpoint(Struct, kw_only=True):
    """A server that is told what happened."""

    id: EndpointId
    url: Url
    description: Description | None
    types: Types
    status: Annotated[
        Literal["active", "failing", "disabled"],
        Meta(description="A disabled endpoint is told nothing.", examples=["active"]),
    ]
    disabled_because: Annotated[
        Literal["by_hand", "gone", "failing"] | None,
        Meta(description="`gone`: it answered 410. `failing`: nothing had reached it for five days.", examples=[None]),
    ]
    failing_since: Annotated[Moment | None, Meta(description="Since when no attempt succeeded.", examples=[None])]
    old_secret_until: Annotated[
        Moment | None, Meta(description="Until when the secret before this one signs too.", examples=[None])
    ]
    created_at: Moment

    @classmethod
    def of(cls, endpoint: models.WebhookEndpoint) -> "Endpoint":
        return cls(**_told(endpoint))


class EndpointWithSecret(Endpoint, kw_only=True):
    """An endpoint and its new secret."""

    secret: Secret

    @classmethod
    def of(cls, endpoint: models.WebhookEndpoint) -> "EndpointWithSecret":
        return cls(**_told(endpoint), secret=endpoint.secret)


class Deleted(Struct, kw_only=True):
    """What is gone."""

    id: EndpointId
    deleted: Annotated[bool, Meta(description="Always true.", examples=[True])] = True


class Rotation(Struct, kw_only=True, forbid_unknown_fields=True):
    """How long the old secret goes on signing."""

    overlap_hours: Annotated[
        int, Meta(ge=0, le=168, description="0 when the old one may have leaked.", examples=[24])
    ] = 24


class Request(Struct, kw_only=True):
    """What was sent."""

    url: Url
    headers: Annotated[
        dict[str, str], Meta(description="Its headers.", examples=[{"content-type": "application/json"}])
    ]
    body: Annotated[
        str, Meta(description="Its body, exactly as it was signed.", examples=['{"type":"points.spent","data":{}}'])
    ]


class Response(Struct, kw_only=True):
    """What came back."""

    status: Annotated[int, Meta(description="Success is 200 to 299.", examples=[200])]
    headers: Annotated[dict[str, str], Meta(description="Its headers.", examples=[{"content-type": "text/plain"}])]
    body: Annotated[str, Meta(description="Its first 10 kB.", examples=["ok"])]
    is_cut: Annotated[bool, Meta(description="Whether there was more of it.", examples=[False])]


class Attempt(Struct, kw_only=True):
    """One request to an endpoint."""

    id: AttemptId
    message_id: MessageId
    type: Annotated[str, Meta(description="What it told.", examples=["points.spent"])]
    number: Annotated[int, Meta(description="Which attempt at the message it was.", examples=[1])]
    succeeded: Annotated[bool, Meta(description="Whether it was taken.", examples=[True])]
    error: Annotated[str | None, Meta(description="Why it was not.", examples=[None])]
    duration_ms: Annotated[int, Meta(description="How long it took.", examples=[87])]
    request: Request
    response: Response | None
    created_at: Moment

    @classmethod
    def of(cls, attempt: models.WebhookAttempt) -> "Attempt":
        request = json.loads(attempt.request)
        return cls(
            id=attempt.id,
            message_id=attempt.message_id,
            type=attempt.type,
            number=attempt.number,
            succeeded=attempt.succeeded,
            error=attempt.error,
            duration_ms=attempt.duration_ms,
            request=Request(url=request["url"], headers=request["headers"], body=request["body"]),
            response=_response(attempt),
            created_at=attempt.created_at.astimezone(UTC),
        )


class AttemptsWanted(Cursor, kw_only=True, forbid_unknown_fields=True):
    """Which attempts are wanted."""

    failed: Annotated[bool, Meta(description="true: those alone that were not taken.")] = False


class Sent(Struct, kw_only=True):
    """A message that is on its way; its attempts tell what became of it."""

    message_id: MessageId
    type: Annotated[str, Meta(description="What it tells.", examples=["webhook.test"])]


def _told(endpoint: models.WebhookEndpoint) -> dict[str, Any]:
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "description": endpoint.description,
        "types": endpoint.types,
        "status": endpoint.state,
        "disabled_because": endpoint.disabled_because,
        "failing_since": endpoint.failing_since and endpoint.failing_since.astimezone(UTC),
        "old_secret_until": endpoint.old_secret_until and endpoint.old_secret_until.astimezone(UTC),
        "created_at": endpoint.created_at.astimezone(UTC),
    }


def _response(attempt: models.WebhookAttempt) -> Response | None:
    if attempt.response is None or attempt.response_status is None:
        return None
    kept = json.loads(attempt.response)
    headers: dict[str, str] = {}
    for name, value in kept["headers"]:
        headers[name.lower()] = f"{headers[name.lower()]}, {value}" if name.lower() in headers else value
    return Response(status=attempt.response_status, headers=headers, body=kept["body"], is_cut=kept["is_cut"])
