"""The pages of events."""

from app.events.blueprint import blueprint
from app.events.views import failures, live, overview, refused, sending

__all__ = ["blueprint", "failures", "live", "overview", "refused", "sending"]
