"""Where the pages of events are hung."""

from flask import Blueprint

from app.core import panels

blueprint = Blueprint("events", __name__)
panels.add_to(panels.rail, panels.RailItem("Events", "zap", "events.overview", 16, "events.read"))
