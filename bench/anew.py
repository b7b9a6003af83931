"""The application with nothing kept of what it drew before."""

from collections.abc import Hashable

from app.core import fragments
from wsgi import app

__all__ = ["app"]


class Forgetful(dict[Hashable, str]):
    def __setitem__(self, key: Hashable, drawn: str) -> None:
        pass


fragments._kept = Forgetful()
