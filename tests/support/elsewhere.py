"""Somebody else's website on this machine: pages of a test's own, and the scripts they load."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class Handler(SimpleHTTPRequestHandler):
    """Pages by their path; under /packages/ what npm installed."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | {".mjs": "text/javascript"}

    def __init__(self, *arguments: Any, pages: Mapping[str, str]) -> None:
        self.pages = pages
        super().__init__(*arguments, directory=str(ROOT / "node_modules"))

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path.startswith("/packages/"):
            self.path = self.path.removeprefix("/packages")
            return super().do_GET()
        body = self.pages.get(path, self.pages["/"]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return None

    def log_message(self, *_: Any) -> None:
        """Nobody reads it."""


@contextmanager
def website(pages: Mapping[str, str]) -> Iterator[str]:
    """Serve the pages (`/` for every address that is not named) and give the origin."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, pages=pages))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
