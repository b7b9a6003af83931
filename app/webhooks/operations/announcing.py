"""Tell developers' servers what happened."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from app.core.clock import now
from app.core.ids import new_id
from app.core.outbox import Draft, post_all
from app.webhooks.models import WebhookEndpoint
from app.webhooks.queries.endpoints import subscribers_to
from app.webhooks.types import TYPES

CHANNEL = "webhook"


def announce(type: str, data: Sequence[dict[str, Any]]) -> None:
    """Write one message for each living endpoint that wants this type, and each thing that happened."""
    if type not in TYPES:
        raise ValueError(f"app/webhooks/types.py knows no type {type!r}.")
    if not data or not (endpoints := subscribers_to(type)):
        return
    happened = [payload(type, one) for one in data]
    post_all(CHANNEL, [draft(endpoint, said) for said in happened for endpoint in endpoints])


def payload(type: str, data: dict[str, Any]) -> dict[str, Any]:
    """What is sent: ids and times in their text form, the rest as JSON has it."""
    return {"type": type, "timestamp": msgspec.to_builtins(now()), "data": msgspec.to_builtins(data)}


def draft(endpoint: WebhookEndpoint, said: dict[str, Any], *, id: UUID | None = None) -> Draft:
    return Draft(endpoint.url, said, target_id=endpoint.id, id=id or new_id())
