"""The look's promises, computed: contrast in both themes, series that the colour-blind tell apart, one file of colours."""

import re
from itertools import combinations
from pathlib import Path

import pytest

from tests.design.colour import Rgb, contrast, distance, seen_by, tokens

STATIC = Path(__file__).parents[2] / "static"
TOKENS = tokens()
THEMES = {"light": 0, "dark": 1}
GROUNDS = ("paper", "sheet", "wash")

# Text needs 4.5 to one, what is only seen (edges of controls, dots, lines of a chart) three.
TEXT = [
    *((ink, ground) for ink in ("ink-1", "ink-2", "ink-3", "accent", "good", "warn", "bad") for ground in GROUNDS),
    *((ink, f"{tone}-wash") for tone in ("accent", "good", "warn", "bad") for ink in ("ink-1", "ink-2", "ink-3", tone)),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("on-bad", "bad"),
    ("on-bad", "bad-strong"),
    ("paper", "ink-1"),
]
SHAPES = [
    *((shape, ground) for shape in ("edge", "ink-4", "accent", "warn-mark", "bad") for ground in GROUNDS),
    *((f"series-{number}", ground) for number in range(1, 9) for ground in ("paper", "sheet")),
]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 4.5), (SHAPES, 3.0)], ids=["text", "shapes"])
def test_contrast(theme: str, pairs: list[tuple[str, str]], least: float) -> None:
    shade = THEMES[theme]
    found = {pair: contrast(TOKENS[pair[0]][shade], TOKENS[pair[1]][shade]) for pair in pairs}
    assert {pair: round(ratio, 2) for pair, ratio in found.items() if ratio < least} == {}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("eyes", ["all", "protan", "deutan", "tritan"])
def test_series_differ(theme: str, eyes: str) -> None:
    def seen(number: int) -> Rgb:
        colour = TOKENS[f"series-{number}"][THEMES[theme]]
        return colour if eyes == "all" else seen_by(colour, eyes)

    nearest = min(distance(seen(one), seen(other)) for one, other in combinations(range(1, 9), 2))
    assert nearest >= 8.5


def test_only_the_tokens_name_colours_and_pixels() -> None:
    literal = re.compile(r"#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|oklch|oklab)a?\(|\b\d*\.?\d+px\b", re.IGNORECASE)
    named = {
        str(path.relative_to(STATIC)): found
        for path in (STATIC / "css").rglob("*.css")
        if path.name not in {"_tokens.css", "fonts.css"} and (found := literal.findall(path.read_text()))
    }
    assert named == {}


def test_every_token_that_is_used_exists() -> None:
    sheets = {path: path.read_text() for path in (STATIC / "css").rglob("*.css")}
    made = set(re.findall(r"(--[\w-]+):", "".join(sheets.values())))
    used = {name: path.name for path, text in sheets.items() for name in re.findall(r"var\((--[\w-]+)", text)}
    assert {name: file for name, file in used.items() if name not in made} == {}


def test_every_sheet_is_listed() -> None:
    listed = {
        name
        for sheet in ("app.css", "public.css")
        for name in re.findall(r'url\("([\w./-]+)"\)', (STATIC / "css" / sheet).read_text())
    }
    there = {path.relative_to(STATIC / "css").as_posix() for path in (STATIC / "css").rglob("*.css")}
    assert there - listed == {"app.css", "public.css"}


def test_scripts_are_short_and_listed() -> None:
    scripts = {path.name: path.read_text() for path in (STATIC / "js").glob("*.js")}
    assert {name: len(text.splitlines()) for name, text in scripts.items() if len(text.splitlines()) >= 150} == {}
    assert set(re.findall(r'import "\./([\w-]+\.js)"', scripts["app.js"])) == set(scripts) - {"app.js"}
