"""What the home page says about the figures: the first steps, and what wants a look."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from flask import url_for

from app.core.moments import ago, here_and_now
from app.core.settings import current_settings
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


@dataclass(frozen=True)
class Notice:
    """Something that wants a look, and where to look."""

    title: str
    text: str
    tone: Literal["warn", "bad"]
    action: str
    href: str


def greeting(name: str) -> str:
    hour = here_and_now().hour
    part = "morning" if 4 <= hour < 12 else "afternoon" if 12 <= hour < 18 else "evening"
    return f"Good {part}, {name.split()[0]}"


def standing(figures: Any, notices: list[Notice]) -> str:
    """The day, and how things stand."""
    if not figures.last_call_at:
        stand = "A few steps to your first call."
    elif not notices:
        stand = "Nothing wants a look."
    else:
        stand = "One thing wants a look." if len(notices) == 1 else f"{COUNTS[len(notices)]} things want a look."
    return f"{here_and_now():%A %-d %B}. {stand}"


def snippet() -> str:
    """The first call, ready to paste."""
    return f'curl {current_settings().base_url}/v1/me \\\n  -H "Authorization: Bearer sk_…"'


def first_steps(figures: Any) -> list[Step]:
    """From nothing to the first call; the first that is not done is the current one."""
    app, key = figures.apps > 0, figures.live_secret_keys > 0 or figures.last_call_at is not None
    call, team = figures.last_call_at is not None, figures.members > 1 or figures.invites > 0
    steps = [
        Step(
            *("Register an app", "The game, app or site that you want to grow.", app),
            *("apps.manage", "apps.new_app", "Register an app"),
        ),
        Step(
            *("Make a secret key", "Your server signs its calls with it.", key),
            *("keys.manage", "keys.new_key", "Make a key"),
        ),
        Step("Make the first call", "From a server, or a terminal as shown here. This page waits for it.", call),
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


def notices(figures: Any) -> list[Notice]:
    """What wants a look, the worst first."""
    return list(_notices(figures))


def _notices(figures: Any) -> Iterator[Notice]:
    apps, keys, team = url_for("apps.list_apps"), url_for("keys.list_keys"), url_for("team.list_members")
    if figures.apps_suspended:
        title = _counted(figures.apps_suspended, figures.apps_suspended_one, "is suspended", "apps are suspended")
        yield Notice(title, "Calls by its keys are refused.", "bad", "Apps", apps)
    if figures.letters_failed:
        title = "A mail was not delivered" if figures.letters_failed == 1 else f"{figures.letters_failed} mails failed"
        yield Notice(title, "Look whether the addresses of those you invited are right.", "bad", "Team", team)
    if figures.is_bare_owner:
        text = "Whoever learns it owns this workspace. Set up a second factor."
        yield Notice("You sign in by password alone", text, "warn", "Set up", "/account/security")
    elif figures.owners_bare and may("members.manage"):
        title = "An owner signs in by password alone"
        yield Notice(title, "Ask them to set up a second factor.", "warn", "Team", team)
    if figures.keys_overlapping:
        title = _counted(figures.keys_overlapping, figures.keys_overlapping_one, "was rotated", "keys were rotated")
        text = f"The old value stops working {ago(figures.next_key_ends_at)}. Use the new one everywhere by then."
        yield Notice(title, text, "warn", "Keys", keys)
    if figures.keys_expiring:
        title = _counted(figures.keys_expiring, figures.keys_expiring_one, "expires soon", "keys expire soon")
        yield Notice(title, f"The next one {ago(figures.next_key_ends_at)}.", "warn", "Keys", keys)
    if figures.apps_in_review:
        title = _counted(figures.apps_in_review, figures.apps_in_review_one, "waits for review", "apps wait for review")
        yield Notice(title, "Staff of this installation look at new apps first.", "warn", "Apps", apps)
    yield from _invite_notices(figures, team)


def _invite_notices(figures: Any, team: str) -> Iterator[Notice]:
    if figures.invites_expired:
        title = _counted(figures.invites_expired, figures.invites_expired_one, "did not answer", "invitations expired")
        yield Notice(title, "Send the invitation again, or withdraw it.", "warn", "Team", team)
    elif figures.invites_expiring:
        one = figures.invites_expiring_one
        title = _counted(figures.invites_expiring, one, "has not answered yet", "invitations expire soon")
        yield Notice(title, "The link works for two more days at most.", "warn", "Team", team)


def _counted(count: int, one: str, singular: str, plural: str) -> str:
    return f"{one} {singular}" if count == 1 else f"{count} {plural}"
