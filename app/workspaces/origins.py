"""Where a browser's requests may come from: `https://tidepool.example`, as browsers write it in `Origin`."""

from urllib.parse import urlsplit

from app.core.errors import Invalid
from app.workspaces.platforms import normal_domain

MOST = 20
PORTS = {"http": 80, "https": 443}
LOCAL = {"localhost", "127.0.0.1"}


def normal_origins(texts: list[str]) -> list[str]:
    """The origins in their one form, each once, or an error that names the first that is none."""
    found = []
    for text in filter(None, map(str.strip, texts)):
        origin = _normal(text)
        if origin is None:
            words = f"{text[:100]} is not an origin, which looks like https://tidepool.example, without a path."
            raise Invalid("origin_not_valid", words, field="origins")
        found.append(origin)
    found = list(dict.fromkeys(found))
    if len(found) > MOST:
        raise Invalid("too_many_origins", f"A key takes at most {MOST} origins.", field="origins")
    return found


def _normal(text: str) -> str | None:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    if parts.scheme not in PORTS or parts.path not in {"", "/"} or parts.query or parts.fragment or "@" in parts.netloc:
        return None
    domain = host if host in LOCAL else normal_domain(host)
    if domain is None:
        return None
    return f"{parts.scheme}://{domain}" + (f":{port}" if port and port != PORTS[parts.scheme] else "")
