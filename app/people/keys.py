"""Names and addresses as search compares them: without the differences that nobody means."""

import unicodedata
from typing import Any

from app.core.text import one_line

LONGEST_KEY = 200


def search_key(text: str) -> str:
    """The text in one case and one spelling, on one line."""
    return one_line(unicodedata.normalize("NFKC", text).casefold())[:LONGEST_KEY]


def key_of_trait(value: Any) -> str | None:
    """By what a trait is found, if it is a text with anything in it."""
    return search_key(value) or None if isinstance(value, str) else None
