"""Webhooks in the portal: where they stand in the rail and in the search."""

from collections.abc import Iterator

from flask import Blueprint, url_for

from app.core import panels
from app.core.db import session
from app.webhooks.models import WebhookEndpoint
from app.webhooks.queries.endpoints import endpoints
from app.workspaces.access import may

blueprint = Blueprint("webhooks", __name__)
panels.add_to(panels.rail, panels.RailItem("Webhooks", "webhook", "webhooks.list_endpoints", 32, "webhooks.read"))


def _search(text: str) -> Iterator[panels.Hit]:
    if not may("webhooks.read"):
        return
    for found in session.scalars(endpoints(text).order_by(WebhookEndpoint.id).limit(8)):
        href = url_for("webhooks.show_endpoint", endpoint_id=found.id)
        yield panels.Hit(found.title, "Webhook endpoint", "webhook", href)


panels.add_to(panels.search_sources, _search)
