"""Letters by SMTP; without SMTP_URL, which only the embedded mode allows, they stay in the mailbox of /dev/mail."""

import smtplib
import ssl
from dataclasses import asdict, dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from app.core.parcels import Parcel, Refused
from app.core.settings import current_settings

SECONDS = 20
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True)
class Letter:
    subject: str
    text: str
    html: str

    def as_payload(self) -> dict[str, Any]:
        return asdict(self)


def checked_address(address: str) -> str:
    """The one address that this text is, so that nothing else can be written into a header or envelope."""
    try:
        return Address(addr_spec=address).addr_spec
    except (ValueError, IndexError, MessageError):
        raise ValueError("This is no address to send a letter to.") from None


def deliver(parcel: Parcel) -> None:
    """Hand one letter to the mail server."""
    smtp_url = current_settings().smtp_url
    if smtp_url is None:
        return
    url = urlsplit(smtp_url)
    with _dialled(url) as server:
        _introduce(server, url)
        try:
            server.send_message(composed(parcel), to_addrs=[parcel.destination])
        except smtplib.SMTPRecipientsRefused as error:
            code, words = error.recipients[parcel.destination]
            said = f"{code} {words.decode(errors='replace')}"
            # A reply of 5xx is the server's last word; one of 4xx asks to come again.
            raise (Refused(said) if code >= 500 else ConnectionError(said)) from error


def composed(parcel: Parcel) -> EmailMessage:
    """The letter as it goes out: each attempt at one message carries the same id, so that a double is known as one."""
    settings = current_settings()
    letter = EmailMessage(policy=SMTP)
    letter["From"] = settings.mail_from
    letter["To"] = Address(addr_spec=parcel.destination)
    letter["Subject"] = parcel.payload["subject"]
    letter["Date"] = format_datetime(parcel.written_at)
    letter["Message-ID"] = f"<{parcel.id}@{_our_name()}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(parcel.payload["text"])
    letter.add_alternative(parcel.payload["html"], subtype="html")
    return letter


def _dialled(url: SplitResult) -> smtplib.SMTP:
    host = url.hostname or "localhost"
    ours = _our_name()
    if url.scheme == "smtps":
        return smtplib.SMTP_SSL(host, url.port or 465, ours, timeout=SECONDS, context=_trust(host))
    return smtplib.SMTP(host, url.port or 587, ours, timeout=SECONDS)


def _our_name() -> str:
    return urlsplit(current_settings().base_url).hostname or "localhost"


def _introduce(server: smtplib.SMTP, url: SplitResult) -> None:
    """Encrypt where the server can, then sign in where a password is set."""
    host = url.hostname or "localhost"
    server.ehlo()
    if url.scheme == "smtp" and server.has_extn("starttls"):
        server.starttls(context=_trust(host))
    if url.username:
        if not isinstance(server.sock, ssl.SSLSocket) and host not in LOOPBACK:
            raise ConnectionError("The mail server offers no encryption, so the password was not sent to it.")
        server.login(unquote(url.username), unquote(url.password or ""))


def _trust(host: str) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if host in LOOPBACK:
        # A relay on this machine cannot show a certificate for its name, and nobody sits between.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
