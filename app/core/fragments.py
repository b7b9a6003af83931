"""What looks the same from one request to the next: drawn once for each key, and kept in the process."""

from collections.abc import Callable, Hashable

from flask import Flask

MOST = 1000

_kept: dict[Hashable, str] = {}


def remembered(name: str, key: Hashable | None, caller: Callable[[], str]) -> str:
    """What the caller draws, which depends on the key alone; without a key it is drawn anew."""
    if key is None:
        return caller()
    drawn = _kept.get((name, key))
    if drawn is None:
        if len(_kept) >= MOST:
            _kept.clear()
        drawn = _kept[name, key] = caller()
    return drawn


def init_app(app: Flask) -> None:
    app.jinja_env.globals["remembered"] = remembered
