"""Text as people meant it."""


def tidy(text: str) -> str:
    """Text without control characters and outer blanks; PostgreSQL takes no NUL."""
    return "".join(letter for letter in text if letter in "\n\t" or letter.isprintable() or letter > "\x9f").strip()


def one_line(text: str) -> str:
    """Text without line ends, and with single blanks: for names."""
    return " ".join(tidy(text).split())
