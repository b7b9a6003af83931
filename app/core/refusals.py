"""The ways in which /v1 says no, as its documentation tells them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """One of them: a status for HTTP, a code for programs, and when it happens."""

    status: int
    code: str
    when: str


NOT_VALID = Refusal(422, "not_valid", "A field or parameter is missing, unknown or of the wrong form.")
NOT_FOUND = Refusal(404, "not_found", "There is no such thing, or not in this workspace.")

EVERYWHERE = (
    Refusal(400, "bad_request", "The request could not be read, or its address holds control characters."),
    Refusal(500, "server_error", "Something went wrong on our side. Nothing was changed."),
    Refusal(503, "unavailable", "The database does not answer. Nothing was changed; try again in a moment."),
)
WITH_BODY = (
    Refusal(400, "not_json", "The body is not JSON."),
    Refusal(413, "too_large", "The body is larger than 1 MB."),
    Refusal(422, "not_storable", "Something in the body cannot be stored, such as a NUL in a text."),
)
WITH_POST = (
    Refusal(409, "idempotency_key_in_use", "The first request with this idempotency key is still running."),
    Refusal(409, "idempotency_key_reused", "This idempotency key came with another request before."),
    Refusal(422, "idempotency_key_invalid", "The idempotency key is empty or longer than 255 characters."),
)
BEFORE_AN_ENDPOINT = (
    NOT_FOUND,
    Refusal(405, "method_not_allowed", "This address does not answer to this method; `Allow` says to which it does."),
)
