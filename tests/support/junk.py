"""What people paste, programs get wrong and attackers try."""

import json
from dataclasses import dataclass, field
from urllib.parse import quote, quote_from_bytes

from hypothesis import strategies as st

ODD_TEXTS = (
    *(
        "",
        " ",
        "\0",
        "a\0b",
        "\r\n",
        "\x1b[31m",
        "\x7f\x85",
        "\u202eevil",
        "\ufeff",
        "e\u0301" * 300,
        "👩‍👩‍👧" * 90,
        "ﷺ" * 300,
    ),
    *(
        "-1",
        "0",
        "9" * 400,
        "1e999",
        "NaN",
        "Infinity",
        "0x10",
        "１２",
        "true",
        "None",
        "null",
        "[]",
        "{}",
        "[object Object]",
    ),
    *(
        "__class__",
        "-__class__",
        "{{7*7}}",
        "{% raw %}",
        "%s%n%d",
        "'; DROP TABLE app; --",
        "<script>1</script>",
        "=1+1",
    ),
    *(
        "../../etc/passwd",
        "//evil.example",
        "https://[",
        "javascript:alert(1)",
        "a@b",
        "@",
        "a@[127.0.0.1]",
        "x" * 5000,
    ),
    *("00000000-0000-0000-0000-000000000000", "{00000000000000000000000000000000}", "é.example", "xn--", "."),
)
# Not UTF-8: cut short, overlong, half of a pair, too high, and simply wrong.
ODD_BYTES = (b"\xff\xfe", b"\xc3", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", bytes(range(128, 256)))
ODD_NAMES = ("", "csrf_token", "name", "next", "id", "do", "sure", "a" * 300, "x[]", "field\0", "é", "__proto__")
ODD_SEGMENTS = [quote(text, safe="") for text in ODD_TEXTS if text] + ["%ff", "%ed%a0%80", "%2f", "%2e%2e", "a;b", "%"]
NO_JSON = (b"", b"{", b"[" * 5000, b"\xff", b'{"a":"\xed\xa0\x80"}', b"nul", b'"\\ud800', b"{}{}", b"\xef\xbb\xbf{}")
PARAMETERS = (
    *("page", "sort", "q", "state", "status", "kind", "platform", "role", "before", "after", "format", "like", "app"),
    *("next", "actor", "action", "subject", "workspace", "since", "until", "verified", "channel", "name", "slug"),
)
HEADERS = {
    "HX-Request-Type": ("partial", "full", "junk"),
    "X-Check": ("name", "email", "csrf_token", "__class__"),
    "HX-Current-URL": ("http://[", "/nowhere", "junk"),
    "Referer": ("http://[", "//", "http://localhost/w/%00/"),
    "Accept-Language": ("*", "x" * 500, "de;q=zz", "\xff"),
    "If-None-Match": ("*", '"', "\xff"),
    "Range": ("bytes=9-1", "junk"),
    "X-Request-Id": ("x" * 1000, "\xff", "../.."),
    "Accept": ("text/csv", "application/json", "junk"),
}
API_HEADERS = {
    "Idempotency-Key": ("", "k", "x" * 300, "\xff", "a b"),
    "Guerdon-App": ("", "junk", "00000000-0000-7000-8000-000000000001", "\xff"),
    "Authorization": ("Bearer", "Bearer sk_", "Basic \xff", "Basic Og==", "Junk x", "Bearer " + "x" * 5000),
    "X-Request-Id": HEADERS["X-Request-Id"],
    "Accept": HEADERS["Accept"],
}


@dataclass(frozen=True)
class Sent:
    """A request as it goes over the wire."""

    body: bytes = b""
    content_type: str | None = None
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)


texts = st.one_of(st.sampled_from(ODD_TEXTS), st.text(max_size=50))
values = st.one_of(texts.map(str.encode), st.sampled_from(ODD_BYTES))
scalars = st.one_of(
    *(st.none(), st.booleans(), st.integers(-2, 2), texts),
    st.sampled_from([10**30, -(10**400), 2**31, 2**63, 0.1, 1e308, "\ud800", "a\udfff"]),
)
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=5,
)


def _encoded(pairs: list[tuple[str, bytes]]) -> str:
    return "&".join(f"{quote(name)}={quote_from_bytes(value)}" for name, value in pairs)


def _some_of(headers: dict[str, tuple[str, ...]]) -> st.SearchStrategy[dict[str, str]]:
    chosen = {name: st.sampled_from(values) for name, values in headers.items()}
    few = st.sets(st.sampled_from(sorted(headers)), max_size=2)
    return few.flatmap(lambda names: st.fixed_dictionaries({name: chosen[name] for name in sorted(names)}))


queries = st.lists(st.tuples(st.sampled_from(PARAMETERS), values), max_size=3).map(_encoded)
headers = _some_of(HEADERS)
questions = st.builds(Sent, query=queries, headers=headers)


def forms(fields: dict[str, str]) -> st.SearchStrategy[Sent]:
    """A form as it should be sent, with junk in some of its fields, or sent as what it is not."""
    names = st.sampled_from([*fields, *ODD_NAMES])
    filled = st.dictionaries(names, st.one_of(values, st.none()), max_size=4).map(
        lambda changes: [
            (name, value)
            for name, value in ({name: value.encode() for name, value in fields.items()} | changes).items()
            if value is not None
        ]
    )
    ways = st.sampled_from([_plain, _plain, _plain, _parts, _files, _cut, _json, _text, _untold])
    return st.builds(
        lambda way, pairs, query, headers: Sent(*way(pairs), query, headers), ways, filled, queries, headers
    )


def _plain(pairs: list[tuple[str, bytes]]) -> tuple[bytes, str | None]:
    return _encoded(pairs).encode(), "application/x-www-form-urlencoded"


def _text(pairs: list[tuple[str, bytes]]) -> tuple[bytes, str | None]:
    return _plain(pairs)[0], "text/plain; charset=junk"


def _untold(pairs: list[tuple[str, bytes]]) -> tuple[bytes, str | None]:
    return _plain(pairs)[0], None


def _json(pairs: list[tuple[str, bytes]]) -> tuple[bytes, str | None]:
    return json.dumps({name: [value.decode("latin-1")] for name, value in pairs}).encode(), "application/json"


def _parts(pairs: list[tuple[str, bytes]], more: bytes = b"", end: bytes = b"--edge--\r\n") -> tuple[bytes, str | None]:
    head = b'--edge\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
    parts = [head % (name.replace('"', "").encode(), more, value) for name, value in pairs]
    return b"".join(parts) + end, "multipart/form-data; boundary=edge"


def _files(pairs: list[tuple[str, bytes]]) -> tuple[bytes, str | None]:
    return _parts(pairs, b'; filename="..\xff/junk\0.png"')


def _cut(pairs: list[tuple[str, bytes]]) -> tuple[bytes, str | None]:
    return _parts(pairs, end=b"--ed")


def calls(fields: dict[str, str]) -> st.SearchStrategy[Sent]:
    """JSON that is nearly right, wrong, or no JSON at all."""
    changes = st.dictionaries(st.sampled_from([*fields, "x", "__class__"]), anything, max_size=2)
    nearly = changes.map(lambda changed: {**fields, **changed})
    bodies = st.one_of(nearly.map(_dumped), nearly.map(_dumped), anything.map(_dumped), st.sampled_from(NO_JSON))
    kinds = st.sampled_from(["application/json", "text/plain", "application/x-www-form-urlencoded", None])
    return st.builds(Sent, bodies, kinds, queries, _some_of(API_HEADERS))


def _dumped(value: object) -> bytes:
    return json.dumps(value).encode()
