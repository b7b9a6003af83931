"""The back office, under /staff."""

from app.staff.views import accounts, apps, audit, messages, overview, queues, settings, visits, workspaces
from app.staff.views.blueprint import blueprint

__all__ = (
    "accounts",
    "apps",
    "audit",
    "blueprint",
    "messages",
    "overview",
    "queues",
    "settings",
    "visits",
    "workspaces",
)
