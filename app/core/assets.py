"""Stylesheets, scripts and pictures, served whole, small, and under an address that changes with their content."""

import gzip
import hashlib
import mimetypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for
from flask.typing import ResponseReturnValue

from app.core.access import public
from app.core.errors import Missing

FOLDER = Path(__file__).parents[2] / "static"
ICONS = "lucide"  # inlined by core/icons.py, never fetched
A_YEAR = 365 * 24 * 3600
TEXT = {".css", ".js", ".svg", ".txt"}

_stylesheet = re.compile(r'^@import url\("([\w./-]+)"\) layer\(([\w.]+)\);$', re.MULTILINE)
_script = re.compile(r'^import "\./([\w-]+\.js)";$', re.MULTILINE)


@dataclass(frozen=True)
class Asset:
    """One file as it is sent."""

    name: str
    body: bytes

    @property
    def mimetype(self) -> str:
        return mimetypes.guess_type(self.name)[0] or "application/octet-stream"

    @cached_property
    def zipped(self) -> bytes | None:
        """Its compressed form, made once, where that is worth it."""
        if Path(self.name).suffix not in TEXT or len(self.body) < 500:
            return None
        return gzip.compress(self.body, 9, mtime=0)


class Assets:
    """All files of a folder as they were when it was read."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder
        self.newest = _newest(folder)
        self.files = {asset.name: asset for asset in map(self._read, self._names())}
        digest = hashlib.sha256()
        for name in sorted(self.files):
            digest.update(name.encode() + b"\0" + self.files[name].body)
        self.version = digest.hexdigest()[:12]

    def _names(self) -> list[str]:
        return [path.relative_to(self.folder).as_posix() for path in _files(self.folder)]

    def _read(self, name: str) -> Asset:
        path = self.folder / name
        return Asset(name, joined(path).encode() if path.suffix in {".css", ".js"} else path.read_bytes())


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_file():
            yield path
        elif path.name != ICONS:
            yield from _files(path)


def _newest(folder: Path) -> float:
    return max((path.stat().st_mtime for path in _files(folder)), default=0)


def joined(path: Path) -> str:
    """A stylesheet or script with the files it imports written in place: one answer instead of thirty."""
    text = path.read_text()
    if path.suffix == ".css":
        return _stylesheet.sub(lambda found: f"@layer {found[2]} {{\n{joined(path.parent / found[1])}}}", text)
    return _script.sub(lambda found: f"{{\n{joined(path.parent / found[1])}}}", text)


def asset(name: str) -> str:
    """The address of a file in `static/`; an unknown one is an error."""
    assets = _assets()
    if name not in assets.files:
        raise LookupError(f"There is no file static/{name}.")
    return url_for("asset", version=assets.version, name=name)


def _assets() -> Assets:
    """What is served; read anew while debugging when a file has changed."""
    assets: Assets = current_app.extensions["assets"]
    if current_app.debug and assets.newest != _newest(assets.folder):
        assets = current_app.extensions["assets"] = Assets(assets.folder)
    return assets


def sent(name: str, *, seconds: int, immutable: bool = False) -> Response:
    """A file of `static/`, compressed for whoever takes it so, to be kept for this long."""
    found = _assets().files.get(name)
    if found is None:
        raise Missing
    response = Response(found.body, mimetype=found.mimetype)
    if found.zipped:
        response.vary.add("Accept-Encoding")
        if request.accept_encodings.quality("gzip"):
            response.set_data(found.zipped)
            response.content_encoding = "gzip"
    response.cache_control.public = True
    response.cache_control.max_age = seconds
    response.cache_control.immutable = immutable
    return response


@public
def _send(version: str, name: str) -> ResponseReturnValue:
    is_current = version == _assets().version
    return sent(name, seconds=A_YEAR if is_current else 60, immutable=is_current)


def init_app(app: Flask) -> None:
    app.extensions["assets"] = Assets()
    app.jinja_env.globals["asset"] = asset
    app.add_url_rule("/assets/<version>/<path:name>", "asset", _send)
