"""What a page of points is narrowed to by its address: an app, a span of days."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from wtforms import SelectField

from app.core.forms import Form
from app.core.ids import parse_id
from app.ledger.entries import points_of
from app.workspaces.models import App
from app.workspaces.queries.apps import all_apps

# More than these are chosen from a list instead of chips.
CHIPS = 6
SPANS = {"7": "7 days", "30": "30 days", "90": "90 days"}
USUAL_SPAN = "30"


class AppChoice(Form):
    """Which app's points are shown, where there are many."""

    app = SelectField("App")

    class Meta(Form.Meta):
        csrf = False


@dataclass(frozen=True)
class Narrowing:
    """The workspace's apps, and the one that the page is about."""

    apps: Sequence[App]
    app: App | None

    @property
    def units(self) -> list[str]:
        return [points_of(app.id) for app in ([self.app] if self.app else self.apps)]

    @property
    def choices(self) -> list[tuple[str, str]]:
        return [(str(app.id), app.name) for app in self.apps]

    @property
    def form(self) -> AppChoice | None:
        if len(self.apps) <= CHIPS:
            return None
        form = AppChoice(request.args)
        form.app.choices = [("", "All apps"), *self.choices]
        return form

    @property
    def context(self) -> dict[str, Any]:
        return {"apps": self.apps, "app": self.app, "choices": self.choices, "apps_form": self.form}


def narrowing() -> Narrowing:
    """As the address says; an app that is not one of the workspace's narrows nothing."""
    apps, wanted = all_apps(), parse_id(request.args.get("app", ""))
    return Narrowing(apps, next((app for app in apps if app.id == wanted), None))
