"""What SDKs say of where something was sent from."""

from typing import Any

from app.dev.demo.cast import Player

SITE = "https://tidepool.example"
TITLES = {
    "/": "Tidepool, a game of tides",
    "/features": "What you can do",
    "/pricing": "Pearls and passes",
    "/blog/tides": "How we made the tides",
    "/press": "Press",
    "/signup": "Sign up",
}
PHONES = {
    "ios": (("iPhone15,4", "17.6"), ("iPhone16,1", "18.1"), ("iPhone17,3", "18.1")),
    "android": (("Pixel 8", "15"), ("SM-A556B", "14"), ("moto g84", "14")),
}
CAMPAIGN = {"source": "newsletter", "medium": "email", "name": "android-launch"}


def context_of(player: Player, trust: str, session: str) -> dict[str, Any]:
    """The context of a call: of a server's SDK little, of a phone's or a browser's more."""
    if trust == "server":
        return {"library": {"name": "analytics-python", "version": "2.3.4"}}
    here: dict[str, Any] = {
        "locale": player.locale,
        "location": {"country": player.country},
        "sessionId": f"{player.number}-{session}",
    }
    if player.came_by_launch:
        here["campaign"] = CAMPAIGN
    if player.app == "web":
        return {**here, "library": {"name": "guerdon.js", "version": "1"}, "screen": {"width": 1440, "height": 900}}
    model, version = PHONES[player.app][player.number % 3]
    system = "iOS" if player.app == "ios" else "Android"
    device = {"model": model, "type": player.app}
    return {**here, "os": {"name": system, "version": version}, "device": device, "app": {"version": "1.8.2"}}


def page_of(path: str, player: Player) -> dict[str, Any]:
    """The properties of a page call."""
    referrer = "https://search.example/" if player.number % 3 else ""
    return {"path": path, "url": f"{SITE}{path}", "title": TITLES[path], "referrer": referrer}
