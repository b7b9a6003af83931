"""Every view declares who may come; nothing is served that does not."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from flask import Flask, current_app, request
from flask.typing import ResponseReturnValue

from app.core.errors import Missing

View = TypeVar("View", bound=Callable[..., Any])


class Access(Protocol):
    """Who may come: `check` lets them in, answers in the view's place, or raises."""

    def check(self, view_args: dict[str, Any]) -> ResponseReturnValue | None: ...


def declare(view: View, access: Access) -> View:
    view.access = access  # type: ignore[attr-defined]
    return view


class Public:
    """Everybody."""

    def check(self, view_args: dict[str, Any]) -> None:
        return None


class Loopback:
    """Whoever sits at this machine; to all others the page does not exist."""

    def check(self, view_args: dict[str, Any]) -> None:
        if request.remote_addr not in {"127.0.0.1", "::1"}:
            raise Missing


def public(view: View) -> View:
    return declare(view, Public())


def loopback(view: View) -> View:
    return declare(view, Loopback())


def access_of(app: Flask, endpoint: str) -> Access:
    access: Access = app.view_functions[endpoint].access  # type: ignore[union-attr]
    return access


def install(app: Flask) -> None:
    """Check each request against its view's declaration; refuse to start when one is missing."""
    undeclared = [name for name, view in app.view_functions.items() if not hasattr(view, "access")]
    if undeclared:
        raise RuntimeError(f"These endpoints do not say who may come: {', '.join(sorted(undeclared))}.")
    app.before_request(_check)


def _check() -> ResponseReturnValue | None:
    if request.endpoint is None or request.method == "OPTIONS":
        return None
    return access_of(current_app, request.endpoint).check(request.view_args or {})
