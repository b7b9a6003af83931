"""Users' ids in addresses, whatever letters they are made of."""

from urllib.parse import quote

from flask import Flask
from werkzeug.routing import BaseConverter, Map


class UserIdConverter(BaseConverter):
    """A user's id as a part of a path: servers decode `%2F` before we see it, so it may hold slashes.

    What follows it in an address is a name of ours (`/points`, `/export`), and the longest such ending is taken for it.
    """

    regex = r"[\s\S]+"
    part_isolating = False

    def __init__(self, map: Map, *args: object, **options: object) -> None:
        super().__init__(map, *args, **options)
        # After all that is matched by less.
        self.weight = 200

    def to_url(self, value: str) -> str:
        return quote(value, safe="")


def init_app(app: Flask) -> None:
    app.url_map.converters["user"] = UserIdConverter
