"""How the home page greets, and the first steps."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from flask import url_for

from app.core.moments import here_and_now
from app.portal.notices import Notice
from app.workspaces.access import may

COUNTS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


@dataclass(frozen=True)
class Step:
    """One of the first steps; whoever may not take it sees it without its way."""

    title: str
    text: str
    is_done: bool
    needs: str | None = None
    endpoint: str | None = None
    action: str | None = None
    state: Literal["done", "current"] | None = None

    @property
    def href(self) -> str | None:
        open_to_me = self.needs is not None and may(self.needs)
        return url_for(self.endpoint) if self.endpoint and open_to_me and not self.is_done else None


def greeting(name: str) -> str:
    hour = here_and_now().hour
    part = "morning" if 4 <= hour < 12 else "afternoon" if 12 <= hour < 18 else "evening"
    return f"Good {part}, {name.split()[0]}"


def standing(figures: Any, notices: Sequence[Notice]) -> str:
    """The day, and how things stand."""
    if not figures.has_begun:
        stand = "A few steps to your first event."
    elif len(notices) == 1:
        stand = "One thing wants a look."
    elif notices:
        stand = f"{COUNTS[len(notices)] if len(notices) < len(COUNTS) else len(notices)} things want a look."
    else:
        stand = "Nothing wants a look."
    return f"{here_and_now():%A %-d %B}. {stand}"


def first_steps(figures: Any) -> list[Step]:
    """From nothing to the first event; the first that is not done is the current one."""
    app, begun = figures.apps > 0, figures.has_begun
    key, team = figures.live_keys > 0 or begun, figures.members > 1 or figures.invites > 0
    steps = [
        Step(
            *("Register an app", "The game, app or site that you want to grow.", app),
            *("apps.manage", "apps.new_app", "Register an app"),
        ),
        Step(
            *("Make a key", "Whoever sends an event shows it.", key),
            *("keys.manage", "keys.new_key", "Make a key"),
        ),
        Step(
            *("Send the first event", "From a server, or a terminal as shown here. This page waits for it.", begun),
            *("events.manage", "events.send_test" if app else None, "Send a test event"),
        ),
        Step(
            *("Invite a colleague", "A role says what each of you may do.", team),
            *("members.manage", "invites.send", "Invite somebody"),
        ),
    ]
    at = next((place for place, step in enumerate(steps) if not step.is_done), None)
    return [
        replace(step, state="done" if step.is_done else "current" if place == at else None)
        for place, step in enumerate(steps)
    ]
