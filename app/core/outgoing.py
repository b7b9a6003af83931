"""Calls to servers of strangers, who may be anybody: the name is asked once, and only a checked address is dialled."""

import io
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse
from ipaddress import IPv6Address, ip_address
from queue import Empty, SimpleQueue
from typing import Any

from app.core.errors import Invalid
from app.core.outgoing_addresses import Address, is_allowed, is_public
from app.core.outgoing_urls import Target, read_url

SECONDS = 10.0
CONNECT_SECONDS = 5.0
MOST_BYTES = 10_000
MOST_ADDRESSES = 4
PIECE = 4096


class NoAnswer(Exception):
    """The call brought no answer; the words say why."""


class NotAllowed(NoAnswer):
    """The address is none that may be called from here."""


@dataclass(frozen=True)
class Answer:
    """What came back; `is_cut` where there was more of it than is read."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    is_cut: bool


def call(method: str, url: str, headers: Mapping[str, str], body: bytes, *, seconds: float = SECONDS) -> Answer:
    """One request, redirects not followed; name, connection and answer together take no longer than the seconds."""
    ends = time.monotonic() + seconds
    try:
        target = read_url(url)
    except Invalid as refused:
        raise NotAllowed(refused.message) from None
    try:
        addresses = _checked(target, _resolved(target, ends))
        with _dialled(target, addresses, ends) as line:
            return _exchanged(target, line, method, headers, body)
    except ssl.SSLCertVerificationError as error:
        raise NoAnswer(f"Its certificate is not valid: {error.verify_message}.") from None
    except TimeoutError:
        raise NoAnswer(f"It did not answer within {seconds:g} seconds.") from None
    except ssl.SSLError as error:
        raise NoAnswer(f"No encrypted connection could be made ({error.reason or 'it broke off'}).") from None
    except HTTPException as error:
        raise NoAnswer(f"It did not answer as HTTP servers do ({type(error).__name__}).") from None
    except OSError as error:
        raise NoAnswer(_of_network(error)) from None


@cache
def trust() -> ssl.SSLContext:
    """Whose certificates are believed: those that this machine believes."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _resolved(target: Target, ends: float) -> list[Address]:
    if target.literal:
        return [target.literal]
    found: SimpleQueue[Any] = SimpleQueue()

    def look_up() -> None:
        try:
            found.put(socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            found.put(error)

    # The system's resolver knows no timeout, so it is waited for from outside.
    threading.Thread(target=look_up, daemon=True).start()
    try:
        answer = found.get(timeout=_left(ends))
    except Empty:
        raise NoAnswer("Its name could not be looked up in time.") from None
    if isinstance(answer, Exception) or not answer:
        raise NoAnswer(f"There is no server named {target.host}.")
    return list(dict.fromkeys(ip_address(entry[4][0]) for entry in answer))


def _checked(target: Target, addresses: list[Address]) -> list[Address]:
    """All of them must be fit to be called: one that is not shows that the name is not to be trusted."""
    for address in addresses:
        if is_allowed(address):
            continue
        if not is_public(address):
            raise NotAllowed("Its name leads to an address that is not on the public internet. Nothing was sent.")
        if target.scheme == "http":
            raise NotAllowed("Its address begins with http://. Public servers are called by https:// alone.")
    return addresses[:MOST_ADDRESSES]


@contextmanager
def _dialled(target: Target, addresses: list[Address], ends: float) -> Iterator["_Line"]:
    connected = _connected(addresses, target.port, ends)
    try:
        if target.scheme == "https":
            connected.settimeout(_left(ends))
            # The name is checked against the certificate although an address was dialled.
            connected = trust().wrap_socket(connected, server_hostname=target.host)
        yield _Line(connected, ends)
    finally:
        connected.close()


def _connected(addresses: list[Address], port: int, ends: float) -> socket.socket:
    failed: OSError = TimeoutError()
    for address in addresses:
        family = socket.AF_INET6 if isinstance(address, IPv6Address) else socket.AF_INET
        dialled = socket.socket(family, socket.SOCK_STREAM)
        try:
            dialled.settimeout(min(CONNECT_SECONDS, _left(ends)))
            dialled.connect((str(address), port))
            return dialled
        except OSError as error:
            dialled.close()
            failed = error
    raise failed


def _exchanged(target: Target, line: "_Line", method: str, headers: Mapping[str, str], body: bytes) -> Answer:
    exchange = HTTPConnection(target.host, target.port)
    exchange.sock = line
    exchange.auto_open = 0
    exchange.request(method, target.path, body, {"Host": target.authority, "Connection": "close", **headers})
    response = exchange.getresponse()
    read, is_cut = _body(response)
    return Answer(response.status, tuple(response.getheaders()), read, is_cut)


def _body(response: HTTPResponse) -> tuple[bytes, bool]:
    """As much as is wanted. Once the status is known, a body that breaks off or drips changes nothing any more."""
    read = b""
    try:
        while len(read) <= MOST_BYTES:
            piece = response.read1(PIECE)
            if not piece:
                return read, False
            read += piece
    except (OSError, HTTPException):
        return read[:MOST_BYTES], True
    return read[:MOST_BYTES], True


class _Line:
    """A connection whose every wait ends at the same moment, so that a server that drips cannot hold it."""

    def __init__(self, connected: socket.socket, ends: float) -> None:
        self.connected, self.ends = connected, ends

    def sendall(self, data: bytes) -> None:
        self.connected.settimeout(_left(self.ends))
        self.connected.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Incoming(self))

    def close(self) -> None:
        """Whoever dialled hangs up."""


class _Incoming(io.RawIOBase):
    def __init__(self, line: _Line) -> None:
        self.line = line

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.line.connected.settimeout(_left(self.line.ends))
        return self.line.connected.recv_into(buffer)


def _left(ends: float) -> float:
    left = ends - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _of_network(error: OSError) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "It refused the connection."
    if isinstance(error, ConnectionError):
        return "It broke the connection off."
    return "It could not be reached."
