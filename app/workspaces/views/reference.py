"""The API's description, for programs and for people."""

import json

from flask import Blueprint, Response, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue

from app.core.access import public
from app.core.openapi import Json, document
from app.core.reference import Reference, marked
from app.core.settings import current_settings
from app.workspaces.scopes import SCOPES

blueprint = Blueprint("reference", __name__)

ERROR_EXAMPLE = {
    "error": {
        "code": "identifier_taken",
        "message": "Another app of this workspace has this identifier on this platform.",
        "field": "identifier",
    }
}


@blueprint.get("/v1/openapi.json")
@public
def openapi() -> ResponseReturnValue:
    response: Response = jsonify(_document())
    response.cache_control.public = True
    response.cache_control.max_age = 300
    return response


@blueprint.get("/docs/api")
@public
def page() -> ResponseReturnValue:
    return render_template(
        "docs/api.html",
        reference=Reference(_document()),
        scopes=SCOPES,
        rate=current_settings().api_rate_per_minute,
        error_example=json.dumps(ERROR_EXAMPLE, indent=2),
        marked=marked,
    )


def _document() -> Json:
    """Made once: nothing in it changes while the application runs."""
    made: Json = current_app.extensions.setdefault("openapi", {})
    if not made:
        made.update(document())
    return made
