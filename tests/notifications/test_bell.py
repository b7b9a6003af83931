"""What the bell tells, to whom, and that it is read."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.accounts.models import Account
from app.core.actor import Actor
from app.core.clock import freeze, now
from app.core.db import session
from app.core.tenancy import scope, unit_of_work
from app.factory import Guerdon
from app.notifications.jobs import forget_old_notifications
from app.notifications.models import Notification
from app.notifications.operations import mark_all_read, notify
from app.workspaces.models import App, Membership, Workspace
from app.workspaces.operations import invites
from app.workspaces.operations.apps import approve_app, reinstate_app, suspend_app
from app.workspaces.operations.keys import make_secret_key, revoke_key
from app.workspaces.operations.team import change_role, hand_over, leave_workspace, remove_member
from tests.factories.workspaces import Team, a_team, an_account, an_app
from tests.support.letters import letters_to
from tests.support.pages import Page, PageClient


def told(team: Team) -> dict[str, set[str]]:
    """What each role was told."""
    names = {account_id: role for role, account_id in team.members.items()}
    with unit_of_work(team.workspace_id):
        rows = session.execute(select(Notification.account_id, Notification.title))
        found: dict[str, set[str]] = {}
        for account_id, title in rows:
            found.setdefault(names.get(account_id, "other"), set()).add(title)
        return found


def membership(team: Team, role: str) -> UUID:
    held = select(Membership.id).where(
        Membership.workspace_id == team.workspace_id, Membership.account_id == team.members[role]
    )
    return session.scalars(held).one()


def by(team: Team, role: str) -> Actor:
    return Actor("account", team.members[role])


def test_who_invited_and_the_owners_hear_of_a_new_member(app: Guerdon) -> None:
    team = a_team()
    ada = an_account("Ada", email="ada@example.org")
    with unit_of_work(team.workspace_id, actor=by(team, "admin")):
        invites.invite(team.workspace_id, session.get_one(Account, team.members["admin"]), "ada@example.org", "viewer")
    token = letters_to("ada@example.org")[0].link.rpartition("/")[2]
    with unit_of_work(actor=Actor("account", ada)):
        invites.accept_link(token, session.get_one(Account, ada))
    assert told(team) == {"owner": {"Ada joined the team"}, "admin": {"Ada joined the team"}}


def test_a_role_is_told_to_whom_it_concerns(app: Guerdon) -> None:
    team = a_team()
    with unit_of_work(team.workspace_id, actor=by(team, "owner")):
        change_role(team.workspace_id, membership(team, "viewer"), "member")
    assert told(team) == {"viewer": {"Your role is member now"}}


def test_those_who_run_the_team_hear_who_went(app: Guerdon) -> None:
    team = a_team()
    with unit_of_work(team.workspace_id, actor=by(team, "owner")):
        change_role(team.workspace_id, membership(team, "viewer"), "member")
        remove_member(team.workspace_id, membership(team, "viewer"))
    with unit_of_work(team.workspace_id, actor=by(team, "member")):
        leave_workspace(team.workspace_id)
    assert told(team) == {
        "owner": {"Member left the team"},
        "admin": {"Viewer was removed from the team", "Member left the team"},
    }


def test_a_new_owner_is_news_for_those_who_run_the_team(app: Guerdon) -> None:
    team = a_team()
    with unit_of_work(team.workspace_id, actor=by(team, "owner")):
        hand_over(team.workspace_id, membership(team, "member"))
    title = "Member owns this workspace now"
    assert told(team) == {"admin": {title}, "member": {title}}


def test_keys_are_for_those_who_manage_them(app: Guerdon) -> None:
    team = a_team()
    with unit_of_work(team.workspace_id, actor=by(team, "admin")):
        revoke_key(make_secret_key("CI", None, ["read"]).key.id)
    assert told(team) == {"owner": {"The key CI was revoked"}}


def test_what_staff_decide_about_an_app(app: Guerdon) -> None:
    team = a_team()
    app_id = an_app(team.workspace_id, "Tidepool", status="pending_review")
    staff = an_account("Stella", is_staff=True)
    for decide in (approve_app, lambda found: suspend_app(found, "Spam"), reinstate_app):
        with unit_of_work(role="staff", actor=Actor("staff", staff)):
            decide(session.scalars(select(App).where(App.id == app_id)).one())
    titles = {"Tidepool was approved", "Tidepool was suspended", "Tidepool is active again"}
    assert told(team) == {"owner": titles, "admin": titles, "member": titles}
    with unit_of_work():
        address = session.get_one(Account, team.owner).email
    (letter,) = letters_to(address)
    assert letter.subject == "Tidepool was suspended"
    assert "Spam" in letter.text
    assert letter.link == f"/w/{team.slug}/apps/{app_id}"


def a_notice(team: Team, role: str = "owner", **more: str) -> None:
    with unit_of_work(team.workspace_id):
        notify(team.workspace_id, [team.members[role]], "A title", "A message.", **more)  # type: ignore[arg-type]


def test_the_bell_counts_until_it_is_read(client: PageClient) -> None:
    team = a_team()
    for _ in range(3):
        a_notice(team, action_url=f"/w/{team.slug}/members")
    client.sign_in(team.owner)
    path = f"/w/{team.slug}/notifications"
    page = client.page(path)
    assert "3 unread." in page.text
    assert page.by_id("notifications-list")
    readings = [form.get("action") for form in page.all("form") if "readings" in (form.get("action") or "")]
    one = next(action for action in readings if action and action != f"{path}/readings")
    for _ in range(2):
        assert client.submit(one).location == f"/w/{team.slug}/members"
    assert "2 unread." in client.page(path).text
    assert client.submit(f"{path}/readings").location == path
    assert client.submit(f"{path}/readings").location == path
    page = client.page(path)
    assert "Nothing is unread." in page.text
    assert "A title" in page.text


def test_one_reads_ones_own(client: PageClient) -> None:
    team = a_team()
    a_notice(team)
    client.sign_in(team.owner)
    page = client.page(f"/w/{team.slug}/notifications")
    action = next(
        form.get("action") or ""
        for form in page.all("form")
        if (form.get("action") or "").endswith("/readings")
        and "notifications/readings" not in (form.get("action") or "")
    )
    client.sign_in(team.members["admin"])
    assert client.submit(action).status_code == 404
    assert "Nothing so far" in client.page(f"/w/{team.slug}/notifications").text
    client.submit(f"/w/{team.slug}/notifications/readings")
    client.sign_in(team.owner)
    assert "1 unread." in client.page(f"/w/{team.slug}/notifications").text


def test_nobody_is_told_what_they_did_themselves(app: Guerdon) -> None:
    team = a_team()
    with unit_of_work(team.workspace_id, actor=by(team, "owner")):
        notify(team.workspace_id, team.members.values(), "A title", "A message.")
    assert set(told(team)) == {"admin", "member", "viewer"}


def test_an_action_is_a_page_of_ours(app: Guerdon) -> None:
    team = a_team()
    with pytest.raises(Exception, match="notification_action_is_a_page_of_ours"):
        a_notice(team, action_url="https://elsewhere.example/")


def test_what_was_read_long_ago_is_forgotten(app: Guerdon) -> None:
    team, other = a_team(), a_team()
    for one in (team, other):
        a_notice(one)
    with unit_of_work(team.workspace_id):
        mark_all_read(team.owner)
    with freeze(now() + timedelta(days=200)):
        forget_old_notifications()
    assert told(team) == {}
    assert told(other) == {"owner": {"A title"}}


def test_they_lie_in_their_workspace(app: Guerdon) -> None:
    team, other = a_team(), a_team()
    a_notice(team)
    with unit_of_work(other.workspace_id):
        assert session.scalar(select(func.count()).select_from(Notification)) == 0
        with scope(team.workspace_id):
            assert session.scalar(select(func.count()).select_from(Notification)) == 1
        assert session.get(Workspace, other.workspace_id)


def test_a_long_list_goes_on(client: PageClient) -> None:
    team = a_team()
    for _ in range(25):
        a_notice(team)
    client.sign_in(team.owner)
    page = client.page(f"/w/{team.slug}/notifications")
    following: Page = client.page(str(page.all("a", rel="next")[0].get("href")))
    assert len(following.all("ul", class_="notices")[0].findall("li")) == 5
