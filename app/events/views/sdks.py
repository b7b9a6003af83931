"""What browsers fetch before they can send: our own tag, and the settings that other SDKs ask for."""

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from app.core.access import public
from app.core.assets import sent
from app.core.errors import Missing
from app.core.settings import current_settings
from app.events import cors
from app.workspaces.credentials import read

blueprint = Blueprint("sdks", __name__)
blueprint.after_request(cors.allow)

TAG_KEPT = 3600
SETTINGS_KEPT = 300


@blueprint.get("/t.js")
@public
def tag() -> ResponseReturnValue:
    """The tag, for any site to load."""
    return _for_any_site(sent("tag/tag.js", seconds=TAG_KEPT))


@blueprint.get("/v1/projects/<key>/settings")
@public
def segment_settings(key: str) -> ResponseReturnValue:
    """Where Segment's browser SDK is to send, and that there is nothing to load besides."""
    _refuse_unless_publishable(key)
    address = urlsplit(current_settings().base_url)
    sending = {"apiKey": key, "apiHost": f"{address.netloc}{address.path}/v1", "protocol": address.scheme}
    return _settings(
        {"integrations": {"Segment.io": sending}, "plan": {}, "edgeFunction": {}, "metrics": {"sampleRate": 0}}
    )


@blueprint.get("/sourceConfig/")
@blueprint.get("/v1/sourceConfig/")
@public
def rudderstack_settings() -> ResponseReturnValue:
    """That RudderStack's browser SDK may send, to us alone, and nothing about itself."""
    key = request.args.get("writeKey", "")
    _refuse_unless_publishable(key)
    quiet = {"errors": {"enabled": False}, "metrics": {"enabled": False}}
    source = {"id": key, "name": "Guerdon", "writeKey": key, "enabled": True, "workspaceId": "guerdon"}
    return _settings(
        {"source": {**source, "config": {"statsCollection": quiet}, "connections": [], "destinations": []}}
    )


def _refuse_unless_publishable(key: str) -> None:
    # Whether the key lives is told when it is used; here it is enough that a secret one is never put into a page.
    credential = read(key)
    if credential is None or credential.kind != "publishable":
        raise Missing("key_unknown", "Browsers send with a publishable key: pk_… Copy it whole from the app's page.")


def _settings(settings: dict[str, Any]) -> Response:
    response = _for_any_site(jsonify(settings))
    response.cache_control.public = True
    response.cache_control.max_age = SETTINGS_KEPT
    return response


def _for_any_site(response: Response) -> Response:
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
