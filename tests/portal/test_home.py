"""The home of a workspace: first steps, figures, and what wants a look."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, event, update

from app.accounts.models import Account, SecondFactor
from app.core.actor import Actor
from app.core.clock import freeze, now
from app.core.db import session
from app.core.ids import first_id_at, new_id
from app.core.tables import OutboxMessage
from app.core.tenancy import unit_of_work
from app.events.accepted import Accepted
from app.events.models import EventFailure, EventQueue, EventRejection
from app.events.operations.intake import checked, store
from app.metrics.operations import Tally, count, fold
from app.webhooks.models import WebhookEndpoint
from app.workspaces.models import App, TeamInvite
from app.workspaces.operations.invites import invite
from app.workspaces.operations.keys import make_secret_key, rotate_key
from tests.factories.workspaces import Team, a_team, a_workspace, an_account, an_app
from tests.support.pages import Page, PageClient


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is asked of the database meanwhile; announcing roles and scopes is not asking."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("SET ", "SAVEPOINT", "RELEASE")):
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def a_key(workspace_id: UUID) -> UUID:
    with unit_of_work(workspace_id):
        return make_secret_key("Server", None, ["events"]).key.id


def take_in(workspace_id: UUID, app_id: UUID) -> None:
    event = checked({"type": "track", "userId": "u1", "event": "level_up"}, received_at=now())
    with unit_of_work(workspace_id):
        assert isinstance(event, Accepted)
        store(app_id, "server", [event])


def an_event(workspace_id: UUID, app_id: UUID, *, days_ago: int = 0) -> None:
    """One that was taken in and counted, as if worked off by then."""
    take_in(workspace_id, app_id)
    with unit_of_work(workspace_id):
        dimensions = {"app": str(app_id), "name": "level_up", "trust": "server"}
        count([Tally("events", now() - timedelta(days=days_ago), dimensions)])


def lone_owner() -> tuple[UUID, str, UUID]:
    ines = an_account("Ines Alder")
    return a_workspace("lone", owner=ines), "/w/lone/", ines


def steps(page: Page) -> list[str]:
    marked = page.by_id("first-steps")
    return [item.get("class") or "" for item in next(marked.iter("ol")).iter("li")]


def test_the_first_steps_one_after_another(client: PageClient) -> None:
    workspace_id, path, ines = lone_owner()
    client.sign_in(ines)
    assert steps(client.page(path)) == ["current", "", "", ""]
    app_id = an_app(workspace_id)
    assert steps(client.page(path)) == ["done", "current", "", ""]
    a_key(workspace_id)
    page = client.page(path)
    assert steps(page) == ["done", "done", "current", ""]
    assert "curl http://localhost/v1/track" in page.text
    assert f"Guerdon-App: {app_id}" in page.text
    an_event(workspace_id, app_id)
    page = client.page(path)
    assert not [part for part in page.root.iter() if part.get("id") == "first-steps"]
    assert "Events in 30 days 1" in page.text


def test_who_may_not_take_a_step_sees_it_without_its_way(client: PageClient) -> None:
    team = a_team()
    client.sign_in(team.members["viewer"])
    hrefs = {link.get("href") for link in client.page(f"/w/{team.slug}/").all("a")}
    assert not hrefs & {f"/w/{team.slug}/{page}" for page in ("apps/new", "keys/new", "invitations/new")}


def test_the_page_waits_for_the_first_event(client: PageClient) -> None:
    workspace_id, _, ines = lone_owner()
    app_id = an_app(workspace_id)
    client.sign_in(ines)
    waiting = client.get("/w/lone/first-event")
    assert 'hx-trigger="every' in waiting.text
    again = client.get("/w/lone/first-event", headers={"If-None-Match": waiting.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    an_event(workspace_id, app_id)
    arrived = client.get("/w/lone/first-event", headers={"If-None-Match": waiting.headers["ETag"]})
    assert arrived.status_code == 200
    assert "Your first event has arrived" in arrived.text
    assert "hx-trigger" not in arrived.text


def test_an_event_that_waits_for_the_worker_has_come(client: PageClient) -> None:
    workspace_id, path, ines = lone_owner()
    app_id = an_app(workspace_id)
    client.sign_in(ines)
    assert steps(client.page(path))
    take_in(workspace_id, app_id)
    assert "Events in 30 days 0" in client.page(path).text
    with unit_of_work(workspace_id):
        count([Tally("events", now(), {"app": str(app_id), "name": "level_up", "trust": "server"})])
        fold()
    assert "Events in 30 days 1" in client.page(path).text


def test_figures_are_of_this_workspace_alone(client: PageClient) -> None:
    team, other = a_team(), a_team()
    for _ in range(3):
        an_event(other.workspace_id, an_app(other.workspace_id))
    an_event(team.workspace_id, an_app(team.workspace_id))
    client.sign_in(team.members["viewer"])
    assert "Events in 30 days 1 Points outstanding 0 Apps 1" in client.page(f"/w/{team.slug}/").text


def test_tiles_and_chart_tell_of_thirty_days(client: PageClient) -> None:
    team = a_team()
    app_id = an_app(team.workspace_id)
    begun(team, app_id)

    def tally(metric: str, days: int, **sums: int) -> Tally:
        return Tally(metric, now() - timedelta(days=days), {"app": str(app_id)}, **sums)

    with unit_of_work(team.workspace_id):
        count([tally("people", 40, n=1200), tally("people", 3, n=50), tally("people", 2, n=-3)])
        count([tally("events", 45, n=10), tally("events", 5, n=10)])
        count([tally("points_credited", 60, value=9000), tally("points_spent", 1, value=400)])
        fold()
    client.sign_in(team.members["viewer"])
    page = client.page(f"/w/{team.slug}/")
    assert "People 1,247 +47 in 30 days" in page.text
    assert "Events in 30 days 11 +10 %" in page.text
    assert "Points outstanding 8,600 −400 in 30 days" in page.text
    (table,) = page.by_id("volume").iter("table")
    counts = [cell.get("data-value") for cell in table.iter("td")]
    assert (len(counts), counts[-6], counts[-1]) == (30, "10", "1")


def begun(team: Team, app_id: UUID | None = None) -> None:
    an_event(team.workspace_id, app_id or an_app(team.workspace_id))
    a_key(team.workspace_id)
    with unit_of_work():
        session.add(SecondFactor(account_id=team.owner, secret="x", confirmed_at=now()))


def test_nothing_wants_a_look(client: PageClient) -> None:
    team = a_team()
    begun(team)
    client.sign_in(team.owner)
    assert "Nothing wants a look." in client.page(f"/w/{team.slug}/").text


def test_everything_that_wants_a_look(client: PageClient) -> None:
    team = a_team()
    begun(team)
    an_app(team.workspace_id, "Reviewed", status="pending_review")
    an_app(team.workspace_id, "Stopped", status="suspended")
    with unit_of_work(team.workspace_id, actor=Actor("account", team.owner)):
        rotate_key(make_secret_key("Rotated", None, ["read"]).key.id, timedelta(days=1))
        make_secret_key("Ending", None, ["read"], expires_at=now() + timedelta(days=3))
        late = invite(team.workspace_id, session.get_one(Account, team.owner), "late@example.org", "viewer")
        late.expires_at = now() - timedelta(minutes=1)
        session.execute(update(OutboxMessage).values(status="failed", next_attempt_at=None))
        session.query(SecondFactor).delete()
    client.sign_in(team.owner)
    text = client.page(f"/w/{team.slug}/").text
    assert "Seven things want a look." in text
    for words in (
        "Stopped is suspended",
        "A mail was not delivered",
        "You sign in by password alone",
        "Rotated was rotated",
        "Ending expires soon",
        "Reviewed waits for review",
        "late@example.org did not answer",
    ):
        assert words in text
    client.sign_in(team.members["admin"])
    assert "An owner signs in by password alone" in client.page(f"/w/{team.slug}/").text
    client.sign_in(team.members["viewer"])
    assert "password alone" not in client.page(f"/w/{team.slug}/").text


def test_events_and_webhooks_that_want_a_look(client: PageClient) -> None:
    team = a_team()
    begun(team)
    app_id = an_app(team.workspace_id)
    with unit_of_work(team.workspace_id):
        session.add(EventQueue(id=first_id_at(now() - timedelta(minutes=10)), shard=3))
        for _ in range(2):
            session.add(EventFailure(event_id=new_id(), subscriber="people", error="Broken."))
        session.add(EventFailure(event_id=new_id(), subscriber="people", error="Mended.", settled_at=now()))
        for days in (0, 2):
            refused = EventRejection(app_id=app_id, trust="server", code="name_missing", message="No.", excerpt="{}")
            refused.id = first_id_at(now() - timedelta(days=days))
            session.add(refused)
        for reason in ("by_hand", "failing"):
            url, off = f"https://{reason}.example/", {"disabled_at": now(), "disabled_because": reason}
            session.add(WebhookEndpoint(url=url, description=f"Ours, {reason}", types=[], secret="s", **off))
    client.sign_in(team.owner)
    page = client.page(f"/w/{team.slug}/")
    assert "Four things want a look." in page.text
    links = {
        "2 events could not be worked off": "events/failures",
        "Ours, failing is told nothing": "webhooks",
        "An event waits": "events/live?status=waiting",
        "An event was refused": "events/refused",
    }
    for words, path in links.items():
        assert words in page.text
        assert f"/w/{team.slug}/{path}" in {link.get("href") for link in page.all("a")}


def test_several_of_a_sort_are_counted(client: PageClient) -> None:
    team = a_team()
    begun(team)
    for name in ("One", "Two"):
        an_app(team.workspace_id, name, status="pending_review")
    with unit_of_work():
        for email in ("a@example.org", "b@example.org"):
            session.add(
                TeamInvite(
                    workspace_id=team.workspace_id,
                    email=email,
                    email_key=email,
                    role="viewer",
                    token_hash=email.encode(),
                    invited_by=team.owner,
                    expires_at=now() + timedelta(days=1),
                )
            )
    client.sign_in(team.owner)
    text = client.page(f"/w/{team.slug}/").text
    assert "2 apps wait for review" in text
    assert "2 invitations expire soon" in text


@pytest.mark.parametrize(
    ("hour", "words"), [(3, "evening"), (4, "morning"), (11, "morning"), (12, "afternoon"), (18, "evening")]
)
def test_the_greeting_knows_where_one_is(client: PageClient, hour: int, words: str) -> None:
    _, path, ines = lone_owner()
    with unit_of_work():
        session.get_one(Account, ines).timezone = "Asia/Tokyo"
    with freeze(datetime(2026, 11, 20, hour, 30, tzinfo=UTC) - timedelta(hours=9)):
        client.sign_in(ines)
        page = client.page(path)
    assert f"Good {words}, Ines" in page.text
    assert "Friday 20 November" in page.text


def test_what_happened_lately_is_shown(client: PageClient) -> None:
    team = a_team()
    begun(team)
    client.sign_in(team.owner)
    assert "Guerdon made a key" in client.page(f"/w/{team.slug}/").text


def test_the_home_page_asks_little(client: PageClient) -> None:
    team = a_team()
    begun(team)
    with unit_of_work(team.workspace_id, actor=Actor("account", team.owner)):
        invite(team.workspace_id, session.get_one(Account, team.owner), "ada@example.org", "viewer")
        for number in range(20):
            session.add(App(name=f"App {number}", identifier=f"app{number}.example", platform="web", status="active"))
    client.sign_in(team.owner)
    with statements() as seen:
        client.page(f"/w/{team.slug}/")
    assert len(seen) <= 10, "\n".join(seen)


def test_the_kept_page_shows_what_changed_at_once_and_to_each_their_own(client: PageClient) -> None:
    team = a_team()
    client.sign_in(team.owner)
    home = f"/w/{team.slug}/"
    before = client.page(home).text
    assert client.page(home).text == before
    client.submit(f"/w/{team.slug}/apps/new", {"name": "Reef", "platform": "steam", "identifier": "481010"})
    client.page(f"/w/{team.slug}/apps")
    assert "Reef" in client.page(home).text
    other = client.application.test_client().sign_in(team.members["viewer"])
    theirs = other.page(home)
    assert "Good" in theirs.text
    assert "Owner" not in theirs.by_id("rail-account").itertext()
    assert "viewer." in "".join(theirs.by_id("rail-account").itertext())
