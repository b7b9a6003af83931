"""Lucide's icons, inlined into the page so that they take the text's colour."""

import re
from functools import cache
from pathlib import Path

from flask import Flask
from markupsafe import Markup

FOLDER = Path(__file__).parents[2] / "static/vendor/lucide"


class UnknownIcon(LookupError):
    """A template names an icon that Lucide does not have."""


@cache
def icon(name: str) -> Markup:
    """The icon of this name, hidden from screen readers: the text beside it speaks."""
    path = FOLDER / f"{name}.svg"
    if not re.fullmatch(r"[a-z0-9-]+", name) or not path.is_file():
        raise UnknownIcon(f"There is no Lucide icon “{name}” in {FOLDER}.")
    shapes = re.search(r"<svg[^>]*>(.*)</svg>", path.read_text(), re.DOTALL)
    if shapes is None:
        raise UnknownIcon(f"{path} is not an SVG file.")
    drawing = re.sub(r"\s*\n\s*", "", shapes[1])
    return Markup(f'<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{drawing}</svg>')  # noqa: S704


def init_app(app: Flask) -> None:
    app.jinja_env.globals["icon"] = icon
