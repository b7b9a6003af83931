"""The one blueprint of the pages of points."""

from flask import Blueprint

from app.core import panels

blueprint = Blueprint("points", __name__)
panels.add_to(panels.rail, panels.RailItem("Points", "coins", "points.overview", 12, "points.read"))
