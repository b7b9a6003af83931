"""The address of the web server: whether it can be had, and whether it answers."""

import errno
import http.client
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus

from app.dev.installation import Installation
from app.dev.processes import Refusal

EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
REMIND = 10.0


@contextmanager
def reserved(wanted: Installation) -> Iterator[None]:
    """Refuse a port that cannot be had before anything is started, and keep it from others like us."""
    with socket.socket(socket.AF_UNIX) as claim:
        try:
            # Granian shares a port with another of its kind; an abstract name can be held once, and goes with us.
            claim.bind(f"\0guerdon-{wanted.host}-{wanted.port}")
        except OSError as error:
            raise Refusal(_reason(wanted, error)) from None
        _probe(wanted)
        yield


def _probe(wanted: Installation) -> None:
    try:
        found = socket.getaddrinfo(wanted.host, wanted.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as probe:
            # As the server does it: a port on which only old connections linger is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror:
        raise Refusal(f"HOST must be an address of this machine; {wanted.host!r} is not known.") from None
    except OSError as error:
        raise Refusal(_reason(wanted, error)) from None


def _reason(wanted: Installation, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {wanted.port} is taken. Choose another: PORT={wanted.port + 1} make run"
    if error.errno == errno.EACCES:
        return f"Port {wanted.port} is kept for root. Choose one above 1023: PORT=8000 make run"
    return f"HOST must be an address of this machine; {wanted.host!r} is not ({error.strerror})."


class Readiness:
    """Asks /readyz, and says now and then what it waits for."""

    def __init__(self, wanted: Installation, show: Callable[[str, str], None]) -> None:
        self._show = show
        self._host = EVERYWHERE.get(wanted.host, wanted.host)
        self._port = wanted.port
        self._reminder = time.monotonic() + REMIND

    def __call__(self) -> bool:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=2)
        try:
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            state = f"/readyz answers {answer.status}: {answer.read(2000).decode(errors='replace').strip()}"
        except (OSError, http.client.HTTPException) as error:
            state = f"The web server does not answer: {error}"
        else:
            if answer.status == HTTPStatus.OK:
                return True
        finally:
            connection.close()
        if time.monotonic() > self._reminder:
            self._reminder = time.monotonic() + REMIND
            self._show("run", f"Not ready yet. {state}")
        return False
