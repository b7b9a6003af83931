"""On what somebody was seen, as far as an event's context says so."""

from typing import Any

_BY_NAME = {
    "ios": "ios",
    "ipados": "ios",
    "iphone os": "ios",
    "android": "android",
    "windows": "windows",
    "macos": "macos",
    "mac os x": "macos",
    "os x": "macos",
    "web": "web",
    "steam": "steam",
    "epic": "epic",
}


def platform_of(context: dict[str, Any]) -> str | None:
    """What the program says it runs on; what has a page or a browser runs on the web."""
    device, system = context.get("device"), context.get("os")
    said = (
        context.get("platform"),
        device.get("type") if isinstance(device, dict) else None,
        system.get("name") if isinstance(system, dict) else None,
    )
    for word in said:
        if isinstance(word, str) and (platform := _BY_NAME.get(word.lower())):
            return platform
    return "web" if isinstance(context.get("page"), dict) or "userAgent" in context else None
