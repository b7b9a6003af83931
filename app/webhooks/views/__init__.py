"""Screens about webhooks, and their part of /v1."""

from app.webhooks.views import attempts, endpoints
from app.webhooks.views.blueprint import blueprint

__all__ = ["attempts", "blueprint", "endpoints"]
