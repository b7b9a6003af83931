"""OKLCH to contrast: enough colour science to check the tokens, and no more."""

import math
import re
from pathlib import Path

TOKENS = Path(__file__).parents[2] / "static/css/_tokens.css"
_COLOUR = r"oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)"
Rgb = tuple[float, float, float]


def tokens() -> dict[str, tuple[Rgb, Rgb]]:
    """Each colour token's linear sRGB, light and dark."""
    found = re.findall(rf"--([\w-]+): light-dark\({_COLOUR}, {_COLOUR}\);", TOKENS.read_text())
    return {
        name: (linear(float(a), float(b), float(c)), linear(float(d), float(e), float(f)))
        for name, a, b, c, d, e, f in found
    }


def linear(lightness: float, chroma: float, hue: float) -> Rgb:
    """Linear sRGB of an OKLCH colour, clipped to the gamut as a browser clips it."""
    big_l, a, b = lightness / 100, chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    l_, m_, s_ = (
        (big_l + 0.3963377774 * a + 0.2158037573 * b) ** 3,
        (big_l - 0.1055613458 * a - 0.0638541728 * b) ** 3,
        (big_l - 0.0894841775 * a - 1.2914855480 * b) ** 3,
    )
    return (
        _clip(4.0767416621 * l_ - 3.3077115913 * m_ + 0.2309699292 * s_),
        _clip(-1.2684380046 * l_ + 2.6097574011 * m_ - 0.3413193965 * s_),
        _clip(-0.0041960863 * l_ - 0.7034186147 * m_ + 1.7076147010 * s_),
    )


def _clip(channel: float) -> float:
    return min(1.0, max(0.0, channel))


def luminance(colour: Rgb) -> float:
    return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]


def contrast(one: Rgb, other: Rgb) -> float:
    """The contrast ratio of WCAG 2."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def seen_by(colour: Rgb, kind: str) -> Rgb:
    """The colour as a person without red, green or blue cones sees it (Viénot 1999, Brettel for blue)."""
    r, g, b = colour
    if kind == "protan":
        return (0.11238 * r + 0.88762 * g, 0.11238 * r + 0.88762 * g, 0.00401 * r - 0.00401 * g + b)
    if kind == "deutan":
        return (0.29275 * r + 0.70725 * g, 0.29275 * r + 0.70725 * g, -0.02234 * r + 0.02234 * g + b)
    return (
        1.01277 * r + 0.13548 * g - 0.14826 * b,
        -0.01243 * r + 0.86812 * g + 0.14431 * b,
        0.07589 * r + 0.80500 * g + 0.11910 * b,
    )


def oklab(colour: Rgb) -> tuple[float, float, float]:
    r, g, b = (max(0.0, c) for c in colour)
    l_ = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    m_ = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    s_ = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * l_ + 0.7936177850 * m_ - 0.0040720468 * s_,
        1.9779984951 * l_ - 2.4285922050 * m_ + 0.4505937099 * s_,
        0.0259040371 * l_ + 0.7827717662 * m_ - 0.8086757660 * s_,
    )


def distance(one: Rgb, other: Rgb) -> float:
    """How far apart two colours look, in OKLab times 100."""
    return 100 * math.dist(oklab(one), oklab(other))
