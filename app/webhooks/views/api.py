"""/v1: webhook endpoints, what was sent to them, and what they answered."""

from datetime import timedelta
from typing import TypeVar

from msgspec import UNSET, UnsetType

from app.core.api import Api
from app.core.ids import new_id
from app.core.listing import Cursor, Listing, listed
from app.core.refusals import Refusal
from app.webhooks import schemas
from app.webhooks.models import WebhookAttempt, WebhookEndpoint
from app.webhooks.operations.endpoints import (
    change_endpoint,
    delete_endpoint,
    disable_endpoint,
    enable_endpoint,
    make_endpoint,
    rotate_secret,
)
from app.webhooks.operations.sending import resend_attempt, send_test
from app.webhooks.queries.attempts import attempts
from app.webhooks.queries.endpoints import endpoint_by_id, endpoints
from app.webhooks.types import TEST, TYPES, message_like
from app.workspaces.key_access import key

T = TypeVar("T")

api = Api(
    "webhooks_api",
    __name__,
    title="Webhooks",
    calls={name: (type.says, message_like(name)) for name, type in TYPES.items()},
)

URL_REFUSALS = (
    Refusal(422, "url_not_valid", "The URL cannot be read."),
    Refusal(422, "url_not_secure", "The URL begins with http://."),
    Refusal(422, "url_not_public", "The URL names an address that is not on the public internet."),
    Refusal(422, "url_has_password", "The URL holds a user name or password."),
    Refusal(422, "url_port", "The URL names a port below 1024 that is not 443."),
    Refusal(422, "url_too_long", "The URL has more than 2000 characters."),
    Refusal(422, "type_unknown", "There is no such type."),
)
DISABLED = Refusal(409, "endpoint_disabled", "The endpoint is disabled.")


@api.on("GET", "/webhook-endpoints")
@key("read")
def list_webhook_endpoints(query: Cursor) -> Listing[schemas.Endpoint]:
    """List webhook endpoints.

    The endpoints of the workspace, newest first.
    """
    return listed(endpoints(), WebhookEndpoint.id, query, schemas.Endpoint.of)


@api.on(
    "POST",
    "/webhook-endpoints",
    status=201,
    refusals=(*URL_REFUSALS, Refusal(409, "too_many_endpoints", "The workspace has 20 endpoints already.")),
)
@key("manage")
def create_webhook_endpoint(body: schemas.NewEndpoint) -> schemas.EndpointWithSecret:
    """Make a webhook endpoint.

    It is told what happens from now on. The answer holds the secret that its messages are signed with.
    """
    made = make_endpoint(url=body.url, types=body.types, description=body.description)
    return schemas.EndpointWithSecret.of(made)


@api.on("GET", "/webhook-endpoints/<uuid:endpoint_id>")
@key("read")
def show_webhook_endpoint(endpoint_id: schemas.EndpointId) -> schemas.Endpoint:
    """Read a webhook endpoint.

    One endpoint of the workspace, by its id, without its secret.
    """
    return schemas.Endpoint.of(endpoint_by_id(endpoint_id))


@api.on("PATCH", "/webhook-endpoints/<uuid:endpoint_id>", refusals=URL_REFUSALS)
@key("manage")
def change_webhook_endpoint(endpoint_id: schemas.EndpointId, body: schemas.EndpointChange) -> schemas.Endpoint:
    """Change a webhook endpoint.

    What is left out stays. Messages that wait go to the new URL.
    """
    endpoint = endpoint_by_id(endpoint_id)
    if not (body.url is body.types is body.description is UNSET):
        change_endpoint(
            endpoint_id,
            url=_or(body.url, endpoint.url),
            types=_or(body.types, endpoint.types),
            description=_or(body.description, endpoint.description),
        )
    if body.enabled is not UNSET:
        endpoint = enable_endpoint(endpoint_id) if body.enabled else disable_endpoint(endpoint_id)
    return schemas.Endpoint.of(endpoint)


@api.on("DELETE", "/webhook-endpoints/<uuid:endpoint_id>")
@key("manage")
def delete_webhook_endpoint(endpoint_id: schemas.EndpointId) -> schemas.Deleted:
    """Delete a webhook endpoint.

    It is told nothing more. Its messages and attempts are deleted with it.
    """
    return schemas.Deleted(id=delete_endpoint(endpoint_id).id)


@api.on(
    "POST",
    "/webhook-endpoints/<uuid:endpoint_id>/secret-rotations",
    status=201,
    refusals=(Refusal(409, "rotation_under_way", "Two secrets are in use already, and an overlap was asked for."),),
)
@key("manage")
def rotate_webhook_secret(endpoint_id: schemas.EndpointId, body: schemas.Rotation) -> schemas.EndpointWithSecret:
    """Rotate a webhook secret.

    The answer holds the new secret. For the overlap each message is signed with both.
    """
    return schemas.EndpointWithSecret.of(rotate_secret(endpoint_id, timedelta(hours=body.overlap_hours)))


@api.on("POST", "/webhook-endpoints/<uuid:endpoint_id>/tests", status=202, refusals=(DISABLED,))
@key("manage")
def test_webhook_endpoint(endpoint_id: schemas.EndpointId) -> schemas.Sent:
    """Send a test.

    Sends `webhook.test` now, once. The endpoint's attempts tell what came back.
    """
    return schemas.Sent(message_id=send_test(endpoint_id, new_id()), type=TEST)


@api.on("GET", "/webhook-endpoints/<uuid:endpoint_id>/attempts")
@key("read")
def list_webhook_attempts(endpoint_id: schemas.EndpointId, query: schemas.AttemptsWanted) -> Listing[schemas.Attempt]:
    """List attempts.

    What was sent to an endpoint within the last 30 days and what it answered, newest first.
    """
    endpoint_by_id(endpoint_id)
    return listed(attempts(endpoint_id, failed=query.failed), WebhookAttempt.id, query, schemas.Attempt.of)


@api.on(
    "POST",
    "/webhook-endpoints/<uuid:endpoint_id>/attempts/<uuid:attempt_id>/resends",
    status=202,
    refusals=(
        DISABLED,
        Refusal(409, "being_sent", "The message is being sent at this moment."),
        Refusal(409, "message_gone", "The message is older than a month and no longer kept."),
    ),
)
@key("manage")
def resend_webhook_attempt(endpoint_id: schemas.EndpointId, attempt_id: schemas.AttemptId) -> schemas.Sent:
    """Send a message again.

    The message of this attempt, with the same `webhook-id` and all its attempts before it.
    """
    attempt = resend_attempt(endpoint_id, attempt_id)
    return schemas.Sent(message_id=attempt.message_id, type=attempt.type)


def _or(wanted: T | UnsetType, before: T) -> T:
    return before if wanted is UNSET else wanted
