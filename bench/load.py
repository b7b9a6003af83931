"""A closed loop of HTTP/1.1 requests over kept connections: as many answers as come in a given time."""

import select
import socket
import time
from dataclasses import dataclass

HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True)
class Measured:
    answers: int
    seconds: float
    latencies: list[float]
    other_statuses: int

    @property
    def rate(self) -> float:
        return self.answers / self.seconds

    def percentile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class Connection:
    """One kept connection with one request under way at a time."""

    def __init__(self, address: tuple[str, int], request: bytes) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.request = request
        self.received = b""
        self.sent_at = 0.0

    def ask(self) -> None:
        self.received = b""
        self.sent_at = time.perf_counter()
        self.socket.sendall(self.request)

    def answer(self) -> bytes | None:
        """The status of the answer when it is whole."""
        chunk = self.socket.recv(1 << 18)
        if not chunk:
            raise ConnectionError("The server closed a connection under load.")
        self.received += chunk
        head, found, body = self.received.partition(HEAD_END)
        if not found or len(body) < _length(head):
            return None
        return head[9:12]


def _length(head: bytes) -> int:
    lowered = head.lower()
    start = lowered.find(b"content-length:")
    if start < 0:
        raise ValueError("The load generator reads answers with a Content-Length alone.")
    end = lowered.find(b"\r\n", start)
    return int(lowered[start + 15 : end if end > 0 else None])


def request_of(path: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> bytes:
    lines = [
        f"{'GET' if body is None else 'POST'} {path} HTTP/1.1",
        "Host: localhost",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
    ]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + (body or b"")


def measure(address: tuple[str, int], request: bytes, *, clients: int, seconds: float, warm_up: float) -> Measured:
    """Load an address for a while; what happens in the warm-up does not count."""
    connections = [Connection(address, request) for _ in range(clients)]
    poll = select.epoll()
    by_number = {connection.socket.fileno(): connection for connection in connections}
    for number, connection in by_number.items():
        poll.register(number, select.EPOLLIN)
        connection.ask()
    started = time.perf_counter() + warm_up
    latencies: list[float] = []
    others = 0
    while (moment := time.perf_counter()) < started + seconds:
        for number, _ in poll.poll(1):
            connection = by_number[number]
            status = connection.answer()
            if status is None:
                continue
            moment = time.perf_counter()
            if moment >= started:
                latencies.append(moment - connection.sent_at)
                others += status != b"200"
            connection.ask()
    for connection in connections:
        connection.socket.close()
    poll.close()
    return Measured(len(latencies), seconds, latencies, others)
