"""One handler for everything that goes wrong: a page, a fragment for htmx, or JSON for programs."""

from typing import Any

import structlog
from flask import Flask, Response, g, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, OperationalError
from werkzeug.exceptions import HTTPException

from app.core.errors import DomainError, TooMany, explanation
from app.core.settings import current_settings

log = structlog.get_logger()

WORDS = {
    400: ("bad_request", "This request could not be read."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not answer to this method."),
    408: ("timeout", "The request took too long to arrive. Send it again."),
    413: ("too_large", "This is more than can be taken in one request. Send less at once."),
    415: ("unsupported_media_type", "This kind of content is not read here. Send JSON."),
}


def install(app: Flask) -> None:
    app.register_error_handler(DomainError, _broken_rule)
    app.register_error_handler(IntegrityError, _violated_constraint)
    app.register_error_handler(DataError, _unstorable)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(InterfaceError, _database_away)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def problem(status: int, code: str, message: str, **more: Any) -> Response:
    """The one answer for a problem, in the form that the caller reads."""
    if request.path.startswith("/v1/"):
        told = {name: value for name, value in more.items() if value}
        docs = f"{current_settings().base_url}/docs/api#error-{code}"
        return make_response(jsonify(error={"code": code, "message": message, **told, "docs": docs}), status)
    swap = request.headers.get("HX-Request-Type") == "partial"
    template = "errors/problem.swap.html" if swap else "errors/problem.html"
    response = make_response(render_template(template, status=status, code=code, message=message), status)
    if swap:
        response.headers["HX-Reswap"] = "none"
    return response


def _broken_rule(error: DomainError) -> Response:
    response = problem(error.status, error.code, error.message, field=error.field)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after)
    if error.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _violated_constraint(error: IntegrityError) -> Response:
    explained = explanation(error)
    return _broken_rule(explained) if explained else _unexpected(error)


def _unstorable(error: DataError) -> Response:
    log.warning("unstorable", error=type(error.orig).__name__)
    return problem(422, "not_storable", "Something in this request cannot be stored, such as a number far too large.")


def _database_away(error: OperationalError | InterfaceError) -> Response:
    log.error("database_away", error=type(error.orig).__name__)
    response = problem(503, "unavailable", "The database does not answer. Nothing was changed; try again in a moment.")
    response.headers["Retry-After"] = "5"
    return response


def _stale_form(_error: CSRFError) -> Response:
    return problem(419, "stale_form", "This form was open for too long, or cookies are switched off.")


def _http(error: HTTPException) -> Response:
    if error.response is not None or (error.code or 500) < 400:
        return make_response(error.get_response())
    status = error.code or 500
    code, message = WORDS.get(status, (error.name.lower().replace(" ", "_"), error.description or error.name))
    response = problem(status, code, message)
    for name, value in error.get_headers(request.environ):
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


def _unexpected(error: Exception) -> Response:
    log.exception("unexpected", exc_info=error)
    where = g.get("request_id")
    message = "Something went wrong on our side. Nothing was changed."
    return problem(500, "server_error", f"{message} Tell us this number: {where}." if where else message)
