"""The call that sends a first event, ready to paste."""

from collections.abc import Sequence

from app.core.reference import PLACEHOLDER
from app.core.settings import current_settings
from app.core.snippets import curl
from app.workspaces.models import App
from app.workspaces.queries.keys import publishable_key_of

EXAMPLE = {"userId": "u1", "event": "level_completed", "properties": {"level": 7}}


def first_event_call(apps: Sequence[App]) -> str:
    """From the newest app: by its publishable key, or else by a secret one, whose text nobody keeps."""
    url = f"{current_settings().base_url}/v1/track"
    app = max((app for app in apps if app.status != "suspended"), key=lambda app: app.id, default=None)
    public = publishable_key_of(app.id) if app else None
    if public and public.public_value:
        return curl("POST", url, public.public_value, EXAMPLE)
    return curl("POST", url, PLACEHOLDER, EXAMPLE, app=str(app.id) if app else None)
