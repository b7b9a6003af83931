"""A call goes to public servers alone, to the address that was checked, once, and ends in time."""

import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import outgoing
from app.core.errors import Invalid
from app.core.outgoing import MOST_BYTES, Answer, NoAnswer, NotAllowed, call
from app.core.outgoing_addresses import is_public
from app.core.outgoing_urls import checked_url, read_url
from app.factory import Guerdon
from tests.dev.running import free_port
from tests.support.certificates import of_names
from tests.support.hook_server import Conversation, Hooks, hook_server, reply

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))

NOT_PUBLIC = (
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.8.8.8"),
    *("168.63.129.16", "169.254.169.254", "169.254.0.1", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1"),
    *("192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255"),
    *("240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "::8.8.8.8", "::ffff:0:127.0.0.1"),
    *("64:ff9b::7f00:1", "64:ff9b::8.8.8.8", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:7f00:1::", "2001:db8::1"),
    *("2002:7f00:1::", "2002:a00:1::1", "3fff::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1"),
    *("5f00::1", "4000::1"),
)
PUBLIC = ("1.1.1.1", "8.8.8.8", "93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111", "2a00:1450::1")


def allowing(app: Guerdon, monkeypatch: pytest.MonkeyPatch, networks: Any = LOOPBACK) -> None:
    monkeypatch.setattr(app, "settings", replace(app.settings, outgoing_networks=networks))


@pytest.fixture
def asked(session_app: Guerdon) -> Iterator[Guerdon]:
    with session_app.app_context():
        yield session_app


@pytest.fixture
def local(asked: Guerdon, monkeypatch: pytest.MonkeyPatch) -> Guerdon:
    """The application, which may call this machine."""
    allowing(asked, monkeypatch)
    return asked


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    with hook_server() as server:
        yield server


class Resolver:
    """Names that lead where a test says; each answer is used once, and the last stays."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers, self.asked = list(answers), []

    def __call__(self, host: str, port: int, **_: Any) -> list[Any]:
        self.asked.append(host)
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [(socket.AF_INET6 if ":" in one else socket.AF_INET, 1, 6, "", (one, port)) for one in found]


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> Resolver:
    resolver = Resolver(*answers)
    monkeypatch.setattr(outgoing.socket, "getaddrinfo", resolver)
    return resolver


def post(url: str, **options: Any) -> Answer:
    return call("POST", url, {"X-One": "1"}, b"hello", **options)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_public_is_not_called(asked: Guerdon, address: str) -> None:
    assert not is_public(ip_address(address))
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(NotAllowed):
        post(f"https://{host}/")
    with pytest.raises(Invalid) as refused:
        checked_url(f"https://{host}/")
    assert refused.value.code == "url_not_public"


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_nor_by_a_name_that_leads_there(asked: Guerdon, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for answer in ([address], ["8.8.8.8", address], [address, "8.8.8.8"]):
        resolving(monkeypatch, answer)
        with pytest.raises(NotAllowed, match="Nothing was sent"):
            post("https://hooks.example/")


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_public(asked: Guerdon, address: str) -> None:
    assert is_public(ip_address(address))


def test_a_zone_makes_an_address_local() -> None:
    assert not is_public(ip_address("2606:4700::1%eth0"))


def test_a_network_that_is_allowed_is_taken_literally(local: Guerdon) -> None:
    for disguised in ("[::ffff:127.0.0.1]", "[2002:7f00:1::]", "[64:ff9b::7f00:1]"):
        with pytest.raises(NotAllowed):
            post(f"https://{disguised}:8443/")


@pytest.mark.parametrize(
    "url",
    [
        *("https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://127.1/", "https://0x7f.1/"),
        *("https://127.0.0.1.5/", "https://1.2.3/", "https://017700000001/", "https://127.0.0.1\\@8.8.8.8/"),
        *("https://[fe80::1%25eth0]/", "https://[fe80::1%eth0]/", "https://[::1", "https://[v1.x]/", "https://"),
        *(
            "https:///path",
            "https://:443/",
            "ftp://hooks.example/",
            "file:///etc/passwd",
            "gopher://x/",
            "hooks.example",
        ),
        *(
            "https://hooks..example/",
            "https://-hooks-.example/",
            "https://hooks.example:99999/",
            "https://a b.example/",
        ),
        *("https://hooks.example:port/", "https://hooks.exa\tmple/", "https://hooks.example/\r\nX: 1", "", " "),
        *(
            "https://hooks.example\\evil/",
            "https://\ud800.example/",
            "https://" + "a" * 64 + ".example/",
            "javascript:1",
        ),
        *("https://hooks.example/\x00", "https://xn--\u2603/", "https://%31%32%37.0.0.1/", "https://1。2。3。4。5/"),
    ],
)
def test_what_is_no_plain_address_is_refused(asked: Guerdon, url: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked_url(url)
    assert refused.value.code == "url_not_valid"
    with pytest.raises(NotAllowed):
        post(url)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://hooks.example/", "url_not_secure"),
        ("https://ines:secret@hooks.example/", "url_has_password"),
        ("https://ines@hooks.example/", "url_has_password"),
        ("https://@hooks.example/", "url_has_password"),
        ("https://hooks.example:22/", "url_port"),
        ("https://hooks.example:80/", "url_port"),
        ("https://hooks.example:0/", "url_port"),
        ("https://localhost/", "url_not_public"),
        ("https://LOCALHOST./", "url_not_public"),
        ("https://a.localhost/", "url_not_public"),
        ("https://ⓛocalhost/", "url_not_public"),
        ("https://１２７.０.０.１/", "url_not_public"),
        ("https://127。0。0。1/", "url_not_public"),
        ("https://127.0.0.1./", "url_not_public"),
        ("https://hooks.example/" + "x" * 2000, "url_too_long"),
    ],
)
def test_refused_addresses_say_why(asked: Guerdon, url: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked_url(url)
    assert (refused.value.code, refused.value.field) == (code, "url")


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("HTTPS://Hooks.Example", "https://hooks.example/"),
        ("https://hooks.example.:443/a?b=c#d", "https://hooks.example/a?b=c"),
        ("https://Müller.example/ä", "https://xn--mller-kva.example/%C3%A4"),
        ("https://hooks.example:8443/a%20b?x=%2F&y=ä", "https://hooks.example:8443/a%20b?x=%2F&y=%C3%A4"),
        ("https://8.8.8.8/", "https://8.8.8.8/"),
        ("https://[2606:4700:0::1111]:8443/", "https://[2606:4700::1111]:8443/"),
        ("https://hooks.example/a/../b;c=d/?", "https://hooks.example/a/../b;c=d/"),
    ],
)
def test_addresses_have_one_form(asked: Guerdon, url: str, normal: str) -> None:
    assert checked_url(url) == normal
    assert checked_url(normal) == normal


@given(st.text(max_size=60), st.sampled_from(["", "https://", "https://[", "http://", "https://x.example/", "//"]))
def test_no_text_is_more_than_refused(session_app: Guerdon, text: str, start: str) -> None:
    with session_app.app_context():
        try:
            target = read_url(start + text)
        except Invalid:
            return
        assert target.host
        assert not set(target.path) & set(" \r\n\t\x00")


def test_the_request_arrives_as_it_was_meant(local: Guerdon, hooks: Hooks) -> None:
    answer = post(hooks.url("/a b?c=ä".replace(" ", "%20")))
    assert (answer.status, answer.body, answer.is_cut) == (200, b"ok", False)
    (told,) = hooks.told
    assert (told.line, told.body) == ("POST /a%20b?c=%C3%A4 HTTP/1.1", b"hello")
    assert told.by_name["host"] == f"127.0.0.1:{hooks.port}"
    assert (told.by_name["x-one"], told.by_name["connection"]) == ("1", "close")


def test_plain_http_reaches_allowed_networks_alone(
    local: Guerdon, hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving(monkeypatch, ["127.0.0.1"])
    assert post(f"http://internal.example:{hooks.port}/").status == 200
    resolving(monkeypatch, ["8.8.8.8"])
    with pytest.raises(NotAllowed, match="https"):
        post("http://hooks.example/")
    resolving(monkeypatch, ["127.0.0.1", "8.8.8.8"])
    with pytest.raises(NotAllowed, match="https"):
        post(f"http://internal.example:{hooks.port}/")


def test_a_name_is_asked_once_and_what_was_checked_is_dialled(
    local: Guerdon, hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that leads elsewhere the second time it is asked gains nothing by it."""
    resolver = resolving(monkeypatch, ["127.0.0.1"], ["10.0.0.1"], ["8.8.8.8"])
    assert post(f"http://rebinding.example:{hooks.port}/").status == 200
    assert resolver.asked == ["rebinding.example"]
    assert hooks.told[0].by_name["host"] == f"rebinding.example:{hooks.port}"


def test_the_next_address_is_tried_where_one_refuses(
    local: Guerdon, hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving(monkeypatch, ["127.0.0.9", "127.0.0.1"])
    assert post(f"http://hooks.example:{hooks.port}/").status == 200


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(local: Guerdon, hooks: Hooks, status: int) -> None:
    with hook_server() as other:
        hooks.answer = reply(status, Location=other.url("/secret"))
        assert post(hooks.url()).status == status
        assert other.told == []


def test_a_certificate_is_checked_against_the_name(
    local: Guerdon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server_side, client_side = of_names(tmp_path, "hooks.example")
    monkeypatch.setattr(outgoing, "trust", lambda: client_side)
    resolving(monkeypatch, ["127.0.0.1"])
    with hook_server(server_side) as hooks:
        assert post(f"https://hooks.example:{hooks.port}/").status == 200
        assert hooks.asked_for == "hooks.example"
        assert hooks.told[0].by_name["host"] == f"hooks.example:{hooks.port}"
        with pytest.raises(NoAnswer, match="certificate"):
            post(f"https://other.example:{hooks.port}/")
        monkeypatch.setattr(outgoing, "trust", ssl.create_default_context)
        with pytest.raises(NoAnswer, match="certificate"):
            post(f"https://hooks.example:{hooks.port}/")
        assert len(hooks.told) == 1


def test_a_server_without_encryption_is_told_apart(local: Guerdon, hooks: Hooks) -> None:
    with pytest.raises(NoAnswer, match=r"encrypted|broke"):
        post(hooks.url(scheme="https"))


def test_a_large_answer_is_cut(local: Guerdon, hooks: Hooks) -> None:
    hooks.answer = reply(200, b"x" * 10_000_000)
    answer = post(hooks.url())
    assert (len(answer.body), answer.is_cut) == (MOST_BYTES, True)


def endless(conversation: Conversation) -> None:
    conversation.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        conversation.wfile.write(b"400\r\n" + b"y" * 1024 + b"\r\n")


def test_an_endless_answer_ends(local: Guerdon, hooks: Hooks) -> None:
    hooks.answer = endless
    assert len(post(hooks.url()).body) == MOST_BYTES


def hanging(conversation: Conversation) -> None:
    conversation.server.hooks.done.wait(20)  # type: ignore[attr-defined]


def dripping_head(conversation: Conversation) -> None:
    conversation.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while not conversation.server.hooks.done.wait(0.05):  # type: ignore[attr-defined]
        conversation.wfile.write(b"X-More: 1\r\n"[:1] + b"a: b\r\n")


def going_on(conversation: Conversation) -> None:
    while not conversation.server.hooks.done.wait(0.01):  # type: ignore[attr-defined]
        conversation.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")


def dripping_body(conversation: Conversation) -> None:
    conversation.wfile.write(b"HTTP/1.1 202 OK\r\nContent-Length: 5000\r\n\r\n")
    while not conversation.server.hooks.done.wait(0.05):  # type: ignore[attr-defined]
        conversation.wfile.write(b"x")


@pytest.mark.parametrize("behaviour", [hanging, dripping_head, going_on])
def test_a_server_cannot_hold_a_call(local: Guerdon, hooks: Hooks, behaviour: Any) -> None:
    hooks.answer, begun = behaviour, time.monotonic()
    with pytest.raises(NoAnswer):
        post(hooks.url(), seconds=0.4)
    hooks.done.set()
    assert time.monotonic() - begun < 2


def test_a_body_that_drips_changes_no_status(local: Guerdon, hooks: Hooks) -> None:
    hooks.answer, begun = dripping_body, time.monotonic()
    answer = post(hooks.url(), seconds=0.4)
    hooks.done.set()
    assert (answer.status, answer.is_cut) == (202, True)
    assert set(answer.body) == {ord("x")}
    assert time.monotonic() - begun < 2


def test_a_handshake_that_never_ends_cannot_hold_a_call(local: Guerdon) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()
        with pytest.raises(NoAnswer, match="did not answer within"):
            post(f"https://127.0.0.1:{silent.getsockname()[1]}/", seconds=0.4)
        assert time.monotonic() - begun < 2


def test_a_name_that_is_never_found_cannot_hold_a_call(local: Guerdon, monkeypatch: pytest.MonkeyPatch) -> None:
    with hook_server() as hooks:
        monkeypatch.setattr(outgoing.socket, "getaddrinfo", lambda *_, **__: hooks.done.wait(5) and [])
        begun = time.monotonic()
        with pytest.raises(NoAnswer, match="looked up in time"):
            post("https://hooks.example/", seconds=0.2)
        assert time.monotonic() - begun < 2


@pytest.mark.parametrize(
    "junk",
    [
        *(b"", b"\x00\x01\x02", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/9.9 200 OK\r\n\r\n", b"SSH-2.0-OpenSSH\r\n"),
        *(
            b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n",
            b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
        ),
        *(b"HTTP/1.1 99999 OK\r\n\r\n", b"HTTP/1.1 -1 OK\r\n\r\n"),
    ],
)
def test_what_is_not_http_is_no_answer(local: Guerdon, hooks: Hooks, junk: bytes) -> None:
    hooks.answer = junk
    with pytest.raises(NoAnswer):
        post(hooks.url())


@pytest.mark.parametrize(
    "odd",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nshort",
        b"HTTP/1.0 200 OK\r\n\r\nshort",
    ],
)
def test_the_status_counts_whatever_the_body(local: Guerdon, hooks: Hooks, odd: bytes) -> None:
    hooks.answer = odd
    assert post(hooks.url()).status == 200


def test_words_for_what_cannot_be_reached(local: Guerdon, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoAnswer, match="refused the connection"):
        post(f"http://127.0.0.1:{free_port()}/")

    def unknown(*_: Any, **__: Any) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(outgoing.socket, "getaddrinfo", unknown)
    with pytest.raises(NoAnswer, match=r"no server named hooks\.example"):
        post("https://hooks.example/")
