"""How a letter is handed to the mail server: encrypted where that is offered, and never a password in the clear."""

import base64
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.core import mail
from app.core.clock import now
from app.core.ids import new_id
from app.core.parcels import Parcel
from app.core.tenancy import SYSTEM_WORKSPACE
from app.factory import Guerdon
from tests.support.certificates import untrusted
from tests.support.mail_server import Mailbox, mail_server

PARCEL = Parcel(
    id=new_id(),
    workspace_id=SYSTEM_WORKSPACE,
    channel="email",
    destination="ines@example.org",
    payload={"subject": "Hello", "text": "Good day.\n", "html": "<p>Good day.</p>"},
    attempt=1,
    written_at=now(),
)


@pytest.fixture
def server() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


@pytest.fixture(autouse=True)
def context(session_app: Guerdon) -> Iterator[None]:
    with session_app.app_context():
        yield


def deliver(app: Guerdon, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "settings", replace(app.settings, smtp_url=url))
    mail.deliver(PARCEL)


def test_a_plain_server_takes_it(session_app: Guerdon, server: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(session_app, server.url, monkeypatch)
    assert len(server.letters) == 1
    assert not server.encrypted


def test_what_is_offered_encryption_is_encrypted(
    session_app: Guerdon, server: Mailbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server.tls = untrusted(tmp_path)
    deliver(session_app, f"smtp://ines%40home:p%2Fw@127.0.0.1:{server.port}", monkeypatch)
    assert server.encrypted
    assert len(server.letters) == 1
    (auth,) = (command for command in server.commands if command.startswith("AUTH"))
    assert base64.b64decode(auth.split()[-1]) == b"\0ines@home\0p/w"


def test_another_machine_must_prove_who_it_is(
    session_app: Guerdon, server: Mailbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(mail, "LOOPBACK", set())
    server.tls = untrusted(tmp_path)
    with pytest.raises(ssl.SSLCertVerificationError):
        deliver(session_app, server.url, monkeypatch)
    assert server.letters == []


def test_no_password_goes_out_in_the_clear(
    session_app: Guerdon, server: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "LOOPBACK", set())
    with pytest.raises(ConnectionError, match="no encryption"):
        deliver(session_app, f"smtp://ines:secret@127.0.0.1:{server.port}", monkeypatch)
    assert not any(command.startswith("AUTH") for command in server.commands)


def test_a_relay_on_this_machine_may_ask_for_a_password(
    session_app: Guerdon, server: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(session_app, f"smtp://ines:secret@127.0.0.1:{server.port}", monkeypatch)
    assert len(server.letters) == 1


def test_without_a_server_the_letter_stays_in_the_mailbox(session_app: Guerdon) -> None:
    assert session_app.settings.smtp_url is None
    mail.deliver(PARCEL)
