"""The pages of points, and their part of /v1."""

from app.points.views import lists, moving, overview, people, transactions
from app.points.views.api import api
from app.points.views.blueprint import blueprint

__all__ = ["api", "blueprint", "lists", "moving", "overview", "people", "transactions"]
