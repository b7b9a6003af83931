"""Search over everything that features offer: pages and actions, then things by name."""

from collections.abc import Iterator

from flask import url_for

from app.core import panels
from app.core.panels import Hit
from app.workspaces.access import may

MOST = 40

# Places and actions of the workspace: label, hint, icon, endpoint, and the permission that opens it.
PLACES = (
    ("Home", "Page", "house", "portal.home", "workspace.read"),
    ("Points", "Page", "coins", "points.overview", "points.read"),
    ("Balances", "Page", "coins", "points.list_balances", "points.read"),
    ("Transactions", "Page", "coins", "points.list_transactions", "points.read"),
    ("People", "Page", "contact-round", "people.list_people", "people.read"),
    ("Events", "Page", "zap", "events.overview", "events.read"),
    ("Live events", "Page", "zap", "events.live", "events.read"),
    ("Events that failed", "Page", "zap", "events.failures", "events.read"),
    ("Events that were refused", "Page", "zap", "events.refused", "events.read"),
    ("Apps", "Page", "app-window", "apps.list_apps", "apps.read"),
    ("Keys", "Page", "key-round", "keys.list_keys", "keys.read"),
    ("Webhooks", "Page", "webhook", "webhooks.list_endpoints", "webhooks.read"),
    ("Receiving webhooks", "Page", "webhook", "webhooks.receiving", "webhooks.read"),
    ("Team", "Page", "users", "team.list_members", "members.read"),
    ("Activity", "Page", "history", "activity.log", "activity.read"),
    ("Notifications", "Page", "bell", "notifications.list_all", "workspace.read"),
    ("Settings", "Page", "settings", "workspaces.settings", "workspace.read"),
    ("Register an app", "Action", "plus", "apps.new_app", "apps.manage"),
    ("Send a test event", "Action", "send", "events.send_test", "events.manage"),
    ("Grant points", "Action", "gift", "points.grant", "points.manage"),
    ("Take points", "Action", "coins", "points.take", "points.manage"),
    ("Make a key", "Action", "plus", "keys.new_key", "keys.manage"),
    ("Add a webhook endpoint", "Action", "plus", "webhooks.new_endpoint", "webhooks.manage"),
    ("Invite somebody", "Action", "user-plus", "invites.send", "members.manage"),
    ("Delete this workspace", "Action", "trash-2", "workspaces.delete", "workspace.delete"),
    ("New workspace", "Action", "plus", "workspaces.create", "workspace.read"),
)


def found(text: str) -> list[Hit]:
    """What matches; with nothing typed, the places one can go to."""
    hits = list(_places(text))
    if text:
        for source in panels.search_sources:
            hits += source(text)
    return hits[:MOST]


def _places(text: str) -> Iterator[Hit]:
    wanted = text.casefold()
    for label, hint, icon, endpoint, needs in PLACES:
        if may(needs) and (not wanted or wanted in label.casefold()):
            yield Hit(label, hint, icon, url_for(endpoint))
