"""What the people of the demo do: they come, look around, sign up, play, buy, and come back less and less."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

from app.core.clock import now
from app.core.moments import zone
from app.dev.demo.cast import Player
from app.dev.demo.contexts import context_of, page_of

# When people play, by the hour of their own clock, and by the day of the week from Monday on.
HOURS = (3, 2, 1, 1, 1, 1, 2, 5, 8, 7, 6, 6, 9, 9, 7, 6, 7, 9, 12, 15, 18, 19, 15, 8)
WEEK = (0.85, 0.8, 0.85, 0.95, 1.15, 1.35, 1.25)
SKUS = (("starter_pack", "2.99"), ("pearls_500", "4.99"), ("pearls_1200", "9.99"), ("season_pass", "12.99"))
PAGES = ("/", "/", "/features", "/pricing", "/blog/tides", "/press", "/signup")


@dataclass(frozen=True)
class Happening:
    """Something that was sent: for which app, by whom, when, and the call itself."""

    at: datetime
    app: str
    trust: str
    call: dict[str, Any]


@dataclass
class _Sitting:
    """One time that somebody sits down with a device."""

    player: Player
    device: str
    at: datetime
    session: str
    has_account: bool
    # Whether the device knows by now who sits before it.
    is_known: bool
    said: list[Happening]

    def says(self, rng: Random, call: str, after: tuple[int, int], *, trust: str = "browser", **fields: Any) -> None:
        """Send a call so many seconds after the last."""
        self.at += timedelta(seconds=rng.uniform(*after))
        ids = {"anonymousId": self.device} if trust == "browser" else {}
        if self.is_known:
            ids["userId"] = self.player.user_id
        context = context_of(self.player, trust, self.session)
        message_id = f"demo-{self.player.number}-{self.session}-{len(self.said)}"
        sent = {"type": call, **ids, "messageId": message_id, "timestamp": self.at.isoformat(), "context": context}
        self.said.append(Happening(self.at, self.player.app, trust, {**sent, **fields}))

    def tracks(
        self, rng: Random, event: str, after: tuple[int, int], trust: str = "browser", **properties: Any
    ) -> None:
        self.says(rng, "track", after, trust=trust, event=event, properties=properties)


def happenings(seed: int, cast: Sequence[Player]) -> list[Happening]:
    """Everything that everybody did until now, in the order in which it happened."""
    until = now()
    today = until.astimezone(zone("Europe/Lisbon")).date()
    found: list[Happening] = []
    for player in cast:
        rng = Random(f"{seed}-{player.number}")  # noqa: S311 - a demo is the same each time.
        level, has_account = 0, False
        for number, at in enumerate(_sittings(rng, player, today)):
            device = player.device(second=player.has_second_device and number > 1 and rng.random() < 0.5)
            is_known = has_account and not _is_strange(rng, player, number)
            sitting = _Sitting(player, device, at, f"s{number}", has_account, is_known, [])
            level = (_visit if player.app == "web" else _play)(rng, sitting, level, number)
            has_account = has_account or sitting.is_known
            found += [one for one in sitting.said if one.at <= until]
    return sorted(found, key=lambda one: one.at)


def _sittings(rng: Random, player: Player, today: Any) -> Iterator[datetime]:
    """When somebody sits down: on the first day, and after that less and less often."""
    for ago in range(player.joined, -1, -1):
        day = today - timedelta(days=ago)
        since = player.joined - ago
        wish = player.eagerness * 0.5 ** (since / player.half_life) * WEEK[day.weekday()]
        for _ in range(1 if since == 0 else _times(rng, wish)):
            hour = rng.choices(range(24), HOURS)[0]
            at = datetime.combine(day, time(hour, rng.randrange(60), rng.randrange(60)), zone("Europe/Lisbon"))
            yield at + player.shift


def _times(rng: Random, wish: float) -> int:
    return int(wish) + (rng.random() < wish % 1)


def _is_strange(rng: Random, player: Player, number: int) -> bool:
    """Whether a sitting begins on a device that does not know yet who sits before it."""
    return player.has_second_device and number > 1 and rng.random() < 0.3


def _play(rng: Random, sitting: _Sitting, level: int, number: int) -> int:
    sitting.tracks(rng, "session_started", (0, 1), source=rng.choice(("icon", "icon", "notification", "widget")))
    if number == 0:
        sitting.tracks(rng, "tutorial_completed", (60, 240), steps=5)
    _becomes_known(rng, sitting, number)
    for _ in range(rng.choice((1, 1, 2, 2, 3, 4))):
        level += 1
        won: dict[str, Any] = {"level": level, "score": rng.randrange(800, 9_999), "stars": rng.choice((1, 2, 2, 3, 3))}
        sitting.tracks(rng, "level_completed", (40, 260), **won, duration_s=rng.randrange(35, 240))
    if sitting.is_known and rng.random() < 0.05:
        _buys(rng, sitting)
    return level


def _visit(rng: Random, sitting: _Sitting, level: int, number: int) -> int:
    for _ in range(rng.choice((1, 2, 2, 3, 4))):
        page = page_of(rng.choice(PAGES), sitting.player)
        sitting.says(rng, "page", (2, 70), name=page["title"], properties=page)
    if not sitting.is_known and _becomes_known(rng, sitting, number) and rng.random() < 0.85:
        sitting.tracks(rng, "form_a_complete", (20, 120), fields=6, newsletter=rng.random() < 0.4)
    if sitting.is_known and rng.random() < 0.04:
        _buys(rng, sitting)
    return level


def _becomes_known(rng: Random, sitting: _Sitting, number: int) -> bool:
    """Sign up or sign in, on a device that was anonymous so far."""
    player = sitting.player
    if sitting.is_known or not player.signs_up:
        return False
    may_wait = not sitting.has_account and (number == 0 or player.app == "web")
    if may_wait and rng.random() > (0.35 if player.app == "web" else 0.75):
        return False
    traits = {"name": player.name, "email": player.email, "plan": rng.choice(("free", "free", "free", "plus"))}
    sitting.is_known = True
    sitting.says(rng, "identify", (5, 60), traits=traits)
    if not sitting.has_account:
        sitting.tracks(rng, "signup_complete", (0, 2), "server", method=rng.choice(("email", "apple", "google")))
    return not sitting.has_account


def _buys(rng: Random, sitting: _Sitting) -> None:
    sku, price = rng.choice(SKUS)
    sitting.tracks(rng, "purchase_complete", (10, 90), "server", sku=sku, price=price, currency="EUR", quantity=1)
