"""The macros of `templates/components/`, offered to every template as `ui`, and the few functions they need."""

import unicodedata
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Flask, g, request
from jinja2 import Environment
from jinja2.runtime import Macro
from werkzeug.datastructures import MultiDict

PAGING = ("page", "after", "before")


class Components:
    """Every component by its name; two of one name are an error."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if self._environment.auto_reload:
            # While somebody works on them, they are read once a request.
            macros = g.setdefault("components", None) or self._macros()
            g.components = macros
        else:
            macros = self._macros()
            self.__dict__.update(macros)
        if name not in macros:
            raise AttributeError(f"There is no component “{name}” in templates/components/.")
        return macros[name]

    def _macros(self) -> dict[str, Macro]:
        found: dict[str, Macro] = {}
        for file in self._environment.list_templates(filter_func=lambda file: file.startswith("components/")):
            for name, value in vars(self._environment.get_template(file).module).items():
                if isinstance(value, Macro):
                    if name in found:
                        raise RuntimeError(f"Two components are named “{name}”; the second is in {file}.")
                    found[name] = value
        return found


def here(**changes: object) -> str:
    """The address of this page with some parameters changed; None removes one, and lists begin anew."""
    arguments = MultiDict(request.args)
    for name in (*PAGING, *changes):
        arguments.poplist(name)
    for name, value in changes.items():
        if value is not None:
            arguments.add(name, str(value))
    return f"{request.path}?{urlencode(list(arguments.items(multi=True)))}" if arguments else request.path


def monogram(name: str) -> str:
    """What stands for a name: its first letter, with the marks and joined signs that belong to it."""
    letters = name.strip()
    if not letters:
        return "?"
    length = 1
    while length < len(letters) and length < 12 and _belongs(letters[length - 1], letters[length]):
        length += 1
    return letters[:length].upper()


def _belongs(before: str, letter: str) -> bool:
    joiners = {"\u200d", "\ufe0f"}
    flag = all("\U0001f1e6" <= sign <= "\U0001f1ff" for sign in (before, letter))
    tone = "\U0001f3fb" <= letter <= "\U0001f3ff"
    return letter in joiners or before == "\u200d" or tone or flag or bool(unicodedata.combining(letter))


def spark_points(series: Sequence[float], width: int = 88, height: int = 28) -> str:
    """A sparkline's points; a flat series lies in the middle."""
    low, high = min(series), max(series)
    reach, step = (high - low) or 1, width / max(1, len(series) - 1)
    middle = (height - 4) / 2 if high == low else 0
    return " ".join(
        f"{place * step:.1f},{height - 2 - middle - (value - low) / reach * (height - 4):.1f}"
        for place, value in enumerate(series)
    )


def init_app(app: Flask) -> None:
    app.jinja_env.globals.update(ui=Components(app.jinja_env), here=here, spark_points=spark_points)
    app.jinja_env.filters["monogram"] = monogram
