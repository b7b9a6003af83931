"""Answers for a whole page and for the part of it that htmx asked for."""

from hashlib import sha256
from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from jinja2_fragments.flask import render_block


def wants_part() -> bool:
    """htmx swaps the answer into an element of the page, not into its body."""
    return request.headers.get("HX-Request-Type") == "partial"


def render(template: str, *, part: str | None = None, status: int = 200, **context: Any) -> ResponseReturnValue:
    """The page, or only its block `part` where htmx asked for a part; one template serves both."""
    partial = part is not None and wants_part()
    body = render_block(template, part, **context) if part and partial else render_template(template, **context)
    response = make_response(body, status)
    response.vary.add("HX-Request-Type")
    return response


def redirect_to(endpoint: str, **values: Any) -> ResponseReturnValue:
    """After a change, on to the page that shows it (303, so that a reload repeats nothing)."""
    return redirect(url_for(endpoint, **values), code=303)


def if_new(answer: Response) -> Response:
    """304 for whoever has this answer already: for parts that ask for themselves again and again."""
    answer.set_etag(sha256(answer.get_data()).hexdigest()[:16])
    answer.cache_control.private = answer.cache_control.no_cache = True
    answer.make_conditional(request)
    return answer
