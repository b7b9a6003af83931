"""A bad line between a client and the server: some requests are lost on the way there, some answers on the way back."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

KEPT = ("Authorization", "Content-Type", "Content-Encoding", "User-Agent")


class Line(BaseHTTPRequestHandler):
    """Of every three requests one gets through, one arrives without its answer coming back, one never arrives."""

    protocol_version = "HTTP/1.1"

    def __init__(self, *arguments: Any, port: int, numbers: Iterator[int]) -> None:
        self.port, self.numbers = port, numbers
        super().__init__(*arguments)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        fate = next(self.numbers) % 3
        if fate == 0:
            return self._answer(503, b"{}")
        onward = HTTPConnection("127.0.0.1", self.port)
        onward.request("POST", self.path, body, {name: self.headers[name] for name in KEPT if name in self.headers})
        answer = onward.getresponse()
        status, reply = answer.status, answer.read()
        onward.close()
        return self._answer(502, b"{}") if fate == 1 else self._answer(status, reply)

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nobody reads it."""


@contextmanager
def bad_line(port: int) -> Iterator[str]:
    """An address that leads to this port, sometimes."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Line, port=port, numbers=count()))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
