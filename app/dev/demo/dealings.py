"""Points that are given and spent, and a server that is told of it."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random
from uuid import UUID

from sqlalchemy import select

from app.core.actor import Actor
from app.core.clock import now
from app.core.db import session
from app.core.tenancy import unit_of_work
from app.dev.demo.cast import Player
from app.dev.demo.studio import Studio
from app.ledger.operations import Cause
from app.people.models import Person
from app.people.operations.identity import person_for_user
from app.points.operations import grant_bonus, spend_points
from app.webhooks.operations.endpoints import make_endpoint

# Of those who signed up, every so-manyth is given something, and of these every third spends some of it.
EVERY = 9
GIFTS = (("Launch week gift", 250), ("Thank you for the bug report", 400), ("Tide of the month", 120))
WARES = (("Coral sword", 80), ("Second life", 40), ("Pearl lantern", 110))
BY_HAND = (("Lost progress after the update", 300), ("Winner of the drawing contest", 1_000))
HOOK = "https://hooks.tidepool.example/guerdon"


def deal(seed: int, studio: Studio, cast: Sequence[Player]) -> int:
    """Give and take; how many transactions it were."""
    rng = Random(seed)  # noqa: S311 - a demo is the same each time.
    met = _met(studio)
    known = [player for player in cast if player.app != "web" and (studio.apps[player.app], player.user_id) in met]
    chosen = known[::EVERY]
    made = 0
    with unit_of_work(studio.workspace_id):
        for place, player in enumerate(chosen):
            made += _give(rng, studio, player)
            if place % 3 == 0:
                made += _take(rng, studio, player)
    with unit_of_work(studio.workspace_id, actor=Actor("account", studio.owner_id)):
        # Only from here on is the server told, so that a few messages wait for it and not hundreds.
        make_endpoint(url=HOOK, types=["points.credited", "points.spent"], description="Game server")
        for (reason, amount), player in zip(BY_HAND, known[-2:], strict=False):
            person = person_for_user(studio.apps[player.app], player.user_id)
            grant_bonus(person, amount, reason, cause=Cause("by_hand", f"demo-{player.number}"))
            made += 1
    return made


def _met(studio: Studio) -> set[tuple[UUID, str | None]]:
    """Whoever was seen signed in; not everybody who was meant to came that far in ninety days."""
    with unit_of_work(studio.workspace_id):
        return {(app_id, user_id) for app_id, user_id in session.execute(select(Person.app_id, Person.external_id))}


def _give(rng: Random, studio: Studio, player: Player) -> int:
    reason, amount = rng.choice(GIFTS)
    person = person_for_user(studio.apps[player.app], player.user_id)
    ends = now() + timedelta(days=60) if reason == "Tide of the month" else None
    grant_bonus(person, amount, reason, cause=Cause("api_call", f"demo-gift-{player.number}"), expires_at=ends)
    return 1


def _take(rng: Random, studio: Studio, player: Player) -> int:
    reason, amount = rng.choice(WARES)
    person = person_for_user(studio.apps[player.app], player.user_id)
    spend_points(person, amount, reason, cause=Cause("api_call", f"demo-ware-{player.number}"))
    return 1
