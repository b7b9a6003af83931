"""What is kept of something that could not be taken, so that its sender knows it again."""

import json
from typing import Any

from app.core.text import one_line
from app.events.models import LONGEST_NAME

LONGEST_EXCERPT = 2000


def excerpt_of(raw: Any) -> str:
    """The beginning of it as JSON, without the address it came from."""
    if isinstance(raw, dict) and isinstance(raw.get("context"), dict):
        raw = {**raw, "context": {name: value for name, value in raw["context"].items() if name != "ip"}}
    try:
        written = json.dumps(raw, ensure_ascii=False, default=repr)
    except (RecursionError, ValueError):
        written = "Something nested too deeply, or with a number too long, to be shown."
    return _writable(written[:LONGEST_EXCERPT])[:LONGEST_EXCERPT]


def name_in(raw: Any) -> str | None:
    """The name that it would have had."""
    name = raw.get("event") if isinstance(raw, dict) else None
    return _writable(one_line(name[:LONGEST_NAME])) or None if isinstance(name, str) else None


def _writable(text: str) -> str:
    return text.encode(errors="replace").decode()
