"""Addresses that strangers give us to call, in their one form, or refused in words."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import SplitResult, quote, urlsplit

import idna

from app.core.errors import Invalid
from app.core.outgoing_addresses import Address, is_allowed, is_public, loopback_is_allowed
from app.core.settings import current_settings

LONGEST = 2000
PORTS = {"https": 443, "http": 80}
FIRST_FREE_PORT = 1024
# What browsers and resolvers take for an IPv4 address, however it is spelled.
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# Letters that one part of a program reads as one thing and the next as another.
AMBIGUOUS = re.compile(r"[\x00-\x20\x7f-\xa0\\<>\"`{}|^\u2028\u2029\ud800-\udfff]")
SAFE = "/%:@!$&'()*+,;=~-._?"


@dataclass(frozen=True)
class Target:
    """What to dial and what to ask for."""

    scheme: str
    host: str
    port: int
    path: str
    literal: Address | None

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


def checked_url(url: str) -> str:
    """An address that may be called, as far as can be told without asking for its name."""
    target = read_url(url)
    if target.literal and not is_public(target.literal) and not is_allowed(target.literal):
        raise _refusal("url_not_public", "This address is not on the public internet, so it is not called from here.")
    if is_local(target.host) and not loopback_is_allowed():
        raise _refusal("url_not_public", "This name means the machine itself, which is not called from here.")
    if target.scheme == "http" and not current_settings().outgoing_networks:
        raise _refusal("url_not_secure", "Use https://, so that nobody on the way reads what you are told.")
    return target.url


def read_url(url: str) -> Target:
    """The parts of an address, each in its one form."""
    if len(url) > LONGEST:
        raise _refusal("url_too_long", f"Keep the address within {LONGEST} characters.")
    try:
        if AMBIGUOUS.search(url):
            raise ValueError
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname:
            raise ValueError
        host, literal = _host(parts.hostname, is_bracketed="[" in parts.netloc)
        port = parts.port
    except (ValueError, UnicodeError):
        words = "This is no address to call. It looks like https://api.example.com/hooks."
        raise _refusal("url_not_valid", words) from None
    if "@" in parts.netloc:
        words = "Leave user name and password out of the address. Each request is signed, so nobody else can send it."
        raise _refusal("url_has_password", words)
    port = PORTS[parts.scheme] if port is None else port
    if port != PORTS[parts.scheme] and port < FIRST_FREE_PORT:
        raise _refusal("url_port", f"Use port {PORTS[parts.scheme]}, or one from {FIRST_FREE_PORT} on.")
    return Target(parts.scheme, host, port, _path(parts), literal)


def is_local(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost")


def _host(text: str, *, is_bracketed: bool) -> tuple[str, Address | None]:
    """A name as it is asked for, or the address that it is; a dot at the end changes nothing."""
    if is_bracketed:
        six = IPv6Address(text)
        if six.scope_id is not None:
            raise ValueError("A zone belongs to one machine.")
        return str(six), six
    name = idna.encode(text.removesuffix("."), uts46=True).decode().removesuffix(".").lower()
    if NUMBER.fullmatch(name.rpartition(".")[2]):
        # Only four plain numbers: 2130706433, 0x7f.1 and 0177.0.0.1 are ways to write 127.0.0.1.
        four = IPv4Address(name)
        return str(four), four
    return name, None


def _path(parts: SplitResult) -> str:
    path = quote(parts.path or "/", safe=SAFE.replace("?", ""))
    return f"{path}?{quote(parts.query, safe=SAFE)}" if parts.query else path


def _refusal(code: str, words: str) -> Invalid:
    return Invalid(code, words, field="url")
