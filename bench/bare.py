"""The bound: what the same server answers when there is nothing to do."""

from collections.abc import Callable, Iterable
from typing import Any

BODY = b"ok"


def app(_environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(BODY)))])
    return [BODY]
