"""What goes wrong in a workspace that lives: some calls are refused, and one event could not be worked off."""

from datetime import timedelta
from typing import Any

from app.core.clock import now
from app.dev.demo.studio import Studio
from app.events.accepted import Accepted, Rejected
from app.events.operations.intake import checked, remember, shard_of, store
from app.events.operations.working import set_aside

WHO = {"userId": "player-10031"}
BAD_CALLS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("web", "browser", {"type": "track", "anonymousId": "web-00c1d2e3f4a5", "properties": {"button": "play"}}),
    ("ios", "browser", {"type": "track", "event": "level_completed", "properties": {"level": 12}}),
    ("android", "server", {"type": "track", "event": "purchase_complete", **WHO, "timestamp": 1_795_000_000}),
    ("android", "server", {"type": "track", "event": "purchase_complete", **WHO, "timestamp": "20 November, noon"}),
    ("web", "server", {"type": "purchase", "event": "purchase_complete", **WHO}),
    ("web", "server", {"type": "track", "event": "x" * 240, **WHO}),
    ("ios", "server", {"type": "identify", **WHO, "traits": "name=Ana"}),
    ("ios", "server", {"type": "track", "event": "save_synced", **WHO, "properties": {"save": "A7" * 17_000}}),
)
ERROR = "LookupError in rate_of (app/points/rates.py:41)"


def refuse_some(studio: Studio) -> int:
    """Send what cannot be taken; how many there were."""
    for app, trust, call in BAD_CALLS:
        if isinstance(refused := checked(call), Rejected):
            remember(studio.apps[app], trust, [refused])
    return len(BAD_CALLS)


def fail_one(studio: Studio) -> None:
    """Set one event aside, as if a part of the house had stumbled over it."""
    event = checked(
        {
            "type": "track",
            "event": "purchase_complete",
            **WHO,
            "messageId": "demo-currency",
            "timestamp": (now() - timedelta(minutes=3)).isoformat(),
            "properties": {"sku": "season_pass", "price": "12.99", "currency": "EU", "quantity": 1},
        }
    )
    if isinstance(event, Accepted):
        for event_id in store(studio.apps["ios"], "server", [event]).ids:
            set_aside(shard_of(event.user_id, event.anonymous_id), event_id, "points", ERROR)
