"""Where somebody was on the way to: kept through signing up and in, and never outside this installation."""

from urllib.parse import urlencode, urlsplit

from flask import current_app, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from app.core.htmx import wants_part

LONGEST = 1_000


def own_page(target: str | None) -> str | None:
    """The target, if it is the path of a page here that can be opened; nothing otherwise."""
    if not target or len(target) > LONGEST or not target.startswith("/") or target.startswith("//"):
        return None
    # Browsers read a backslash as a slash and drop tabs and line ends, so that such a path may leave the site.
    if "\\" in target or not target.isascii() or not target.isprintable() or " " in target:
        return None
    try:
        current_app.url_map.bind("").match(urlsplit(target).path, method="GET")
    except RequestRedirect:
        pass  # A slash is missing at the end; the page itself is ours.
    except (HTTPException, ValueError):
        return None
    return target


def wanted_page() -> str | None:
    """The page that this request says it wants to go on to."""
    return own_page(request.values.get("next"))


def this_page() -> str | None:
    """What to come back to after signing in: this page, or the one that holds the part or the form."""
    if wants_part():
        return _page_at(request.headers.get("HX-Current-URL"))
    if request.method in {"GET", "HEAD"}:
        return own_page(request.full_path.rstrip("?"))
    return _page_at(request.referrer)


def _page_at(address: str | None) -> str | None:
    try:
        return own_page(urlsplit(address or "").path)
    except ValueError:
        return None  # A header written by hand may be no address at all.


def door(endpoint: str, target: str | None) -> str:
    """The address of a page of this feature, with where to go on to."""
    address = url_for(endpoint)
    return f"{address}?{urlencode({'next': target})}" if target else address
