"""A developer's server: keeps what it is told, and answers, hangs, drips or breaks off on request."""

import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.client import parse_headers
from typing import Any

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def reply(status: int, body: bytes = b"", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} So", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(frozen=True)
class Told:
    """One request as it came in."""

    line: str
    headers: Message
    body: bytes

    @property
    def by_name(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers.items()}


@dataclass
class Hooks:
    """What was told, and how the server answers: bytes, or a function that is given the connection."""

    port: int = 0
    told: list[Told] = field(default_factory=list)
    answer: bytes | Callable[["Conversation"], None] = OK
    asked_for: str | None = None
    done: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "/hooks", *, host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"


class Conversation(socketserver.StreamRequestHandler):
    def setup(self) -> None:
        if context := self.server.tls:  # type: ignore[attr-defined]
            self.request = context.wrap_socket(self.request, server_side=True)
        super().setup()

    def handle(self) -> None:
        hooks: Hooks = self.server.hooks  # type: ignore[attr-defined]
        line = self.rfile.readline().decode().strip()
        headers: Any = parse_headers(self.rfile)
        body = self.rfile.read(int(headers.get("Content-Length", 0)))
        hooks.told.append(Told(line, headers, body))
        if callable(hooks.answer):
            hooks.answer(self)
        else:
            self.wfile.write(hooks.answer)

    def finish(self) -> None:
        super().finish()
        self.request.close()


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of the test."""


@contextmanager
def hook_server(tls: ssl.SSLContext | None = None) -> Iterator[Hooks]:
    with Server(("127.0.0.1", 0), Conversation) as server:
        hooks = server.hooks = Hooks(port=server.server_address[1])  # type: ignore[attr-defined]
        server.tls = tls  # type: ignore[attr-defined]
        if tls:

            def note(_socket: object, name: str | None, _context: object) -> None:
                hooks.asked_for = name

            tls.sni_callback = note
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield hooks
        finally:
            hooks.done.set()
            server.shutdown()
            thread.join()
