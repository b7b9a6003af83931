"""What wants a look, and where to look."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from flask import url_for

from app.core.moments import ago, number
from app.portal.queries import MOST
from app.workspaces.access import may


@dataclass(frozen=True)
class Notice:
    """Something that wants a look, and where to look."""

    title: str
    text: str
    tone: Literal["warn", "bad"]
    action: str
    href: str


def wants_a_look(figures: Any) -> list[Notice]:
    """What wants a look, the worst first."""
    return list(_notices(figures))


def _notices(figures: Any) -> Iterator[Notice]:
    yield from _event_notices(figures)
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


def _event_notices(figures: Any) -> Iterator[Notice]:
    if figures.events_failed:
        title = _several(figures.events_failed, "event could not be worked off", "events could not be worked off")
        yield Notice(title, "Each was set aside with its error.", "bad", "Failures", url_for("events.failures"))
    if figures.webhooks_off:
        title = _counted(figures.webhooks_off, figures.webhooks_off_one, "is told nothing", "webhooks are told nothing")
        text = "Guerdon stopped calling: it kept failing, or said that it is gone."
        yield Notice(title, text, "bad", "Webhooks", url_for("webhooks.list_endpoints"))
    if figures.events_late:
        title = _several(figures.events_late, "event waits", "events wait")
        text = "For more than five minutes now. They are stored; what they cause comes when they are worked off."
        yield Notice(title, text, "warn", "Events", url_for("events.live", status="waiting"))
    if figures.events_refused:
        title = _several(figures.events_refused, "event was refused", "events were refused")
        yield Notice(title, "Within the last day. Each says why.", "warn", "Refused", url_for("events.refused"))


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


def _several(count: int, singular: str, plural: str) -> str:
    # Nobody counts further than this for a notice.
    said = f"{number(count)} or more" if count >= MOST else number(count)
    return f"An {singular}" if count == 1 else f"{said} {plural}"
