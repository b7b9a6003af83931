"""A workspace full of believable data, made by the same operations that its people would use."""

from app.dev.demo.making import Demo, make_demo
from app.dev.demo.studio import EMPTY_SLUG, SLUG

__all__ = ["EMPTY_SLUG", "SLUG", "Demo", "make_demo"]
