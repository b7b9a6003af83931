"""A small mail server: takes letters, and refuses, stalls or loses them on request."""

import email.policy
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser


@dataclass
class Mailbox:
    """What arrived, and how the server behaves."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    recipient_reply: str = "250 ok"
    data_reply: str = "250 ok"
    before_taking: threading.Event | None = None
    tls: ssl.SSLContext | None = None
    encrypted: bool = False
    commands: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"


class Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        box: Mailbox = self.server.box  # type: ignore[attr-defined]
        self.say("220 here")
        recipients: list[str] = []
        while line := self.rfile.readline():
            command = line.decode().strip()
            box.commands.append(command)
            match command.split(":")[0].upper().split(" ")[0]:
                case "EHLO" | "HELO":
                    self.say("250-hello\r\n250-AUTH PLAIN" + ("\r\n250 STARTTLS" if box.tls else "\r\n250 8BITMIME"))
                case "STARTTLS":
                    self.say("220 go on")
                    self.encrypt(box)
                case "AUTH":
                    self.say("235 welcome")
                case "RCPT":
                    recipients.append(command.partition("<")[2].rstrip(">"))
                    self.say(box.recipient_reply)
                case "DATA":
                    self.say("354 go on")
                    self.take(box, recipients)
                case "QUIT":
                    self.say("221 bye")
                    return
                case _:
                    self.say("250 ok")

    def encrypt(self, box: Mailbox) -> None:
        assert box.tls is not None
        self.connection = box.tls.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", buffering=0)
        box.encrypted = True

    def finish(self) -> None:
        super().finish()
        self.connection.close()

    def take(self, box: Mailbox, recipients: list[str]) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        if box.before_taking is not None:
            box.before_taking.wait(10)
        if box.data_reply.startswith("250"):
            letter = BytesParser(policy=email.policy.default).parsebytes(b"".join(lines))
            assert isinstance(letter, EmailMessage)
            box.letters.append(letter)
            box.recipients.append(list(recipients))
        self.say(box.data_reply)

    def say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that breaks off is part of the test."""


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    with Server(("127.0.0.1", 0), Conversation) as server:
        box = server.box = Mailbox(port=server.server_address[1])  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()
