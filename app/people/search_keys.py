"""Names and addresses as search compares them."""

import unicodedata

LONGEST_KEY = 200


def search_key(text: str) -> str:
    """Spellings of one name that differ in case, width or blanks have the same key."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())[:LONGEST_KEY]
