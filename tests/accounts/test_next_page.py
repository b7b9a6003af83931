"""Nobody is sent away from here, whatever they bring along."""

import re
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.accounts.next_page import own_page
from app.factory import Guerdon

HERE = "https://guerdon.example.org"

pieces = st.lists(
    st.one_of(
        st.sampled_from(
            ["/", "//", "\\", "account", "evil.example", "http:", "https:", "javascript:", "@", "?", "#", "%2f"]
        ),
        st.sampled_from(["\t", "\n", "\r", "\0", " ", ".", "..", "%5c", "%09", ":", ";", "w", "sign-in"]),
        st.text(max_size=4),
    ),
    max_size=8,
).map("".join)


def as_a_browser(target: str) -> str:
    """The address that a browser goes to: tabs and line ends are dropped, a backslash is a slash."""
    cleaned = re.sub(r"[\t\r\n]", "", target.strip("".join(map(chr, range(33)))))
    path, question, query = cleaned.partition("?")
    return urljoin(HERE + "/sign-in", path.replace("\\", "/") + question + query)


@settings(max_examples=500, deadline=None)
@given(pieces)
@example("//evil.example")
@example("/\\evil.example")
@example("/\t/evil.example")
@example("https://evil.example/account")
@example("/account\r\nSet-Cookie: x=1")
def test_what_is_accepted_stays_here(session_app: Guerdon, target: str) -> None:
    with session_app.app_context():
        accepted = own_page(target)
    if accepted is not None:
        assert accepted == target
        assert urlsplit(as_a_browser(accepted))[:2] == ("https", "guerdon.example.org")
        assert accepted.isprintable()


@pytest.mark.parametrize(
    "target", ["/account", "/account/sessions?page=2", "/account#name", "/w/tidepool/", "/w/tidepool"]
)
def test_own_pages_are_accepted(session_app: Guerdon, target: str) -> None:
    with session_app.app_context():
        assert own_page(target) == target


@pytest.mark.parametrize(
    "target",
    [None, "", "account", "/nowhere", "/sign-out", "//account", "/" + "a" * 2000, "/account/sessions/revocations"],
)
def test_other_things_are_not(session_app: Guerdon, target: str | None) -> None:
    with session_app.app_context():
        assert own_page(target) is None
