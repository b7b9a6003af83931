"""The ground of /v1: an endpoint says what it takes, answers and refuses, and is served and described from that."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, Generic, Protocol, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from flask import Blueprint, Response, request, stream_with_context
from flask.sansio.app import App

from app.core.access import Access
from app.core.decoding import decoded_body, decoded_query
from app.core.idempotency import replayed_or
from app.core.refusals import EVERYWHERE, NOT_FOUND, NOT_VALID, WITH_BODY, WITH_POST, Refusal

PREFIX = "/v1"

View = TypeVar("View", bound=Callable[..., Any])
Told = TypeVar("Told", bound=msgspec.Struct)


@dataclass(frozen=True)
class Streamed(Generic[Told]):
    """The JSON of a struct that may be too large to be held at once, written while it is read."""

    parts: Iterator[bytes]


class KeyedAccess(Access, Protocol):
    """Who may come with a key: what for, how it refuses the rest, and whom a caller speaks for."""

    scope: str | None
    refusals: tuple[Refusal, ...]

    def speaker(self) -> str: ...


@dataclass(frozen=True)
class Endpoint:
    """What one address takes and answers, read from the view's own signature."""

    method: str
    rule: str
    status: int
    refusals: tuple[Refusal, ...]
    view: Callable[..., Any]
    own_body: type[msgspec.Struct] | None = None

    @property
    def access(self) -> KeyedAccess:
        access: KeyedAccess = self.view.access  # type: ignore[attr-defined]
        return access

    def all_refusals(self) -> tuple[Refusal, ...]:
        """Its own refusals, and those that follow from what it takes."""
        found = [*self.refusals, *self.access.refusals, *EVERYWHERE]
        if self.body:
            found += WITH_BODY
        if self.body or self.query:
            found.append(NOT_VALID)
        if self.is_repeatable:
            found += WITH_POST
        if "<" in self.rule:
            found.append(NOT_FOUND)
        return tuple(found)

    @property
    def body(self) -> type[msgspec.Struct] | None:
        return self.types.get("body")

    @property
    def told_body(self) -> type[msgspec.Struct] | None:
        """What the body looks like, whoever reads it."""
        return self.body or self.own_body

    @property
    def is_repeatable(self) -> bool:
        """Whether an idempotency key gives a repeated request the reply of the first."""
        return self.method == "POST" and self.own_body is None

    @property
    def query(self) -> type[msgspec.Struct] | None:
        return self.types.get("query")

    @property
    def reply(self) -> type[msgspec.Struct]:
        told = self.types["return"]
        reply: type[msgspec.Struct] = get_args(told)[0] if get_origin(told) is Streamed else told
        return reply

    @property
    def types(self) -> dict[str, Any]:
        """What the view takes and returns, by name."""
        return get_type_hints(self.view, include_extras=True)


class Api(Blueprint):
    """One feature's part of /v1. Keys open it, never cookies, so nothing here can be forged from another site."""

    def __init__(
        self, name: str, import_name: str, *, title: str, calls: Mapping[str, tuple[str, dict[str, Any]]] | None = None
    ) -> None:
        """`calls` are requests that we make to whoever asked for them: when, and an example, by name."""
        super().__init__(name, import_name, url_prefix=PREFIX)
        self.title = title
        self.calls = calls or {}
        self.endpoints: list[Endpoint] = []

    def register(self, app: App, options: dict[str, Any]) -> None:
        app.extensions["csrf"].exempt(self)
        super().register(app, options)

    def on(
        self,
        method: str,
        rule: str,
        *,
        status: int = 200,
        refusals: tuple[Refusal, ...] = (),
        own_body: type[msgspec.Struct] | None = None,
        also: tuple[str, ...] = (),
    ) -> Callable[[View], View]:
        """Serve a view that takes parts of the path and structs named `body` and `query`, and returns a struct.

        A view that reads the body by itself tells by `own_body` what it looks like. `also` are further addresses of
        the same, which the document leaves out.
        """

        def declare(view: View) -> View:
            endpoint = Endpoint(method, rule, status, refusals, view, own_body)
            self.endpoints.append(endpoint)
            # No redirects: two slashes are a part of some user's id.
            served = _served(endpoint)
            for address in (rule, *also):
                self.add_url_rule(address, view.__name__, served, methods=[method], merge_slashes=False)
            return view

        return declare


def _served(endpoint: Endpoint) -> Callable[..., Response]:
    body, query = endpoint.body, endpoint.query

    @wraps(endpoint.view)
    def serve(**arguments: Any) -> Response:
        if query:
            arguments["query"] = decoded_query(request.args.to_dict(), query)
        if body:
            arguments["body"] = decoded_body(request.get_data(), body)

        def answer() -> Response:
            reply = endpoint.view(**arguments)
            if isinstance(reply, Streamed):
                return Response(stream_with_context(reply.parts), endpoint.status, mimetype="application/json")
            return Response(msgspec.json.encode(reply), endpoint.status, mimetype="application/json")

        once = request.headers.get("Idempotency-Key") if endpoint.is_repeatable else None
        return answer() if once is None else replayed_or(answer, once, request.get_data(), endpoint.access.speaker())

    return serve
