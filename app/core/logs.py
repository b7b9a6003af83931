"""Logs as events with fields; who asked and how it went, but no addresses, mail or keys of anybody."""

import ipaddress
import logging
import re
import sys
import time
from typing import Any, TextIO
from uuid import UUID

import structlog
from flask import Flask, Response, g, request
from structlog.contextvars import bind_contextvars, clear_contextvars, merge_contextvars
from structlog.types import EventDict, Processor

from app.config import Settings
from app.core.actor import Actor, current_actor
from app.core.ids import new_id
from app.core.tenancy import current_workspace

log = structlog.get_logger()

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
# Asked for all day long by machines.
QUIET = {"static", "health.process", "health.ready", "telemetry.metrics"}

# Each begins only where a word begins, so that hostile text costs no more than its length.
MAIL_ADDRESS = re.compile(r"(?<![\w.+%-])[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
KEY = re.compile(r"\b[sp]k_[\w-]{8,}|(?<=[Bb]earer )\S+|(?<=://)[^/@\s:]*:[^/@\s]+(?=@)")
IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\w)")
IPV6 = re.compile(r"(?<![\w.:])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:])")


def install(app: Flask) -> None:
    configure(app.settings)  # type: ignore[attr-defined]
    app.before_request(_begin)
    app.after_request(_end)


def configure(settings: Settings) -> None:
    """Send our own events and those of the libraries the same way, to the standard error."""
    shared: list[Processor] = [
        merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(settings.log_level.upper())),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            mask,
            _renderer(settings),
        ],
    )
    handler = Handler()
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler, *(other for other in root.handlers if not isinstance(other, Handler))]
    root.setLevel(settings.log_level.upper())
    for chatty in ("rq.worker", "rq.registry", "rq.queue"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    # The web server puts handlers of its own on its loggers before it loads us.
    logging.getLogger("_granian").handlers.clear()
    logging.getLogger("_granian").propagate = True


class Handler(logging.StreamHandler[TextIO]):
    """Ours, so that configuring again replaces it and leaves others alone; writes to what is the standard error now."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        return sys.stderr


def _renderer(settings: Settings) -> Processor:
    if settings.log_format == "json":
        return structlog.processors.JSONRenderer(default=str)
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)


def mask(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Blot out whatever looks like a mail address, an IP address or a key, wherever it got in."""
    return {name: _masked_value(value) for name, value in event.items()}


def masked(text: str) -> str:
    text = KEY.sub("[key]", text) if "k_" in text or "://" in text or "earer " in text else text
    text = MAIL_ADDRESS.sub("[mail]", text) if "@" in text else text
    text = IPV4.sub(_masked_ip, text) if "." in text else text
    return IPV6.sub(_masked_ip, text) if ":" in text else text


def _masked_value(value: Any) -> Any:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return {name: _masked_value(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_masked_value(item) for item in value]
    return value


def _masked_ip(found: re.Match[str]) -> str:
    try:
        ipaddress.ip_address(found[0])
    except ValueError:
        return found[0]
    return "[ip]"


def numbered(asked: str) -> str:
    """The number of the request that begins here: the caller's own where it is sane."""
    # A thread serves one request after another, and keeps what the last one bound.
    clear_contextvars()
    number = asked if REQUEST_ID.fullmatch(asked) else str(new_id())
    bind_contextvars(request_id=number)
    return number


def tell(method: str, endpoint: str | None, status: int, began: float, workspace_id: UUID | None, actor: Actor) -> None:
    """The one line about a request."""
    level = logging.DEBUG if endpoint in QUIET else logging.INFO
    if not logging.getLogger().isEnabledFor(level):
        return
    log.log(
        level,
        "request",
        method=method,
        endpoint=endpoint,
        status=status,
        ms=round((time.perf_counter() - began) * 1000, 1),
        workspace=_text(workspace_id),
        actor=actor.kind,
        actor_id=_text(actor.id),
    )


def _begin() -> None:
    g.request_id = numbered(request.headers.get("X-Request-Id", ""))
    g.request_began = time.perf_counter()


def _end(response: Response) -> Response:
    if "request_id" not in g:
        return response
    response.headers["X-Request-Id"] = g.request_id
    began, actor = g.request_began, current_actor()
    tell(request.method, request.endpoint, response.status_code, began, current_workspace(), actor)
    return response


def _text(value: object) -> str | None:
    return None if value is None else str(value)
