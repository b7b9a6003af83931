"""Invitations: from the mail to the membership, and every way it may not go."""

from datetime import timedelta
from threading import Barrier, Thread
from uuid import UUID

import pytest
from sqlalchemy import func, select

from app.accounts.models import Account
from app.core.actor import Actor
from app.core.clock import freeze, now
from app.core.db import session
from app.core.errors import Conflict, Denied, DomainError, Invalid, Missing, TooMany
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from app.workspaces.jobs import forget_old_invites
from app.workspaces.models import Membership, TeamInvite
from app.workspaces.operations import invites
from app.workspaces.operations.workspaces import delete_workspace
from app.workspaces.queries.team import membership_of
from tests.factories.workspaces import Team, a_team, an_account
from tests.support.letters import letters_to
from tests.support.pages import PageClient

ADA = "ada@example.org"


def invite(team: Team, email: str = ADA, role: str = "member", by: str = "owner") -> str:
    """Invite somebody; the path of the link in their newest mail."""
    with unit_of_work(team.workspace_id, actor=Actor("account", team.members[by])):
        invites.invite(team.workspace_id, session.get_one(Account, team.members[by]), email, role)
    return letters_to(email)[-1].link


def the_invite() -> UUID:
    with unit_of_work():
        return session.scalars(select(TeamInvite.id)).one()


def role_of(team: Team, email: str) -> str | None:
    with unit_of_work():
        account = session.scalars(select(Account.id).where(Account.email == email)).one()
        held = membership_of(team.workspace_id, account)
        return held.role if held else None


def test_whoever_is_invited_signs_up_and_joins(client: PageClient) -> None:
    team = a_team()
    link = invite(team)
    page = client.page(link)
    assert "Owner invites you to work on Tidepool Games as member" in page.text
    assert {f"/sign-in?next=%2Finvites%2F{link.rpartition('/')[2]}"} <= {a.get("href") for a in page.all("a")}
    client.sign_in(an_account("Ada", email=ADA))
    answer = client.submit(f"{link}/acceptances")
    assert (answer.status_code, answer.location) == (303, f"/w/{team.slug}/")
    assert role_of(team, ADA) == "member"
    assert "leads nowhere" in client.page(link, 404).title
    assert client.submit(f"{link}/acceptances").status_code == 404


def test_the_mail_says_who_and_how_long(app: Guerdon) -> None:
    invite(a_team())
    (letter,) = letters_to(ADA)
    assert letter.subject == "Owner invites you to Tidepool Games"
    assert "7 days" in letter.text


def test_another_address_does_not_get_in(client: PageClient) -> None:
    team = a_team()
    link = invite(team)
    client.sign_in(an_account("Eve", email="eve@example.org"))
    page = client.page(link)
    assert "for another address" in page.text
    assert not [form for form in page.all("form") if "acceptances" in (form.get("action") or "")]
    assert client.submit(f"{link}/acceptances").status_code == 403
    assert role_of(team, "eve@example.org") is None
    values = {"next": link}
    assert client.submit("/sign-out", values).location == f"/sign-in?next=%2Finvites%2F{link.rpartition('/')[2]}"


def test_the_spelling_of_the_address_does_not_matter(client: PageClient) -> None:
    team = a_team()
    link = invite(team, "Ada@example.org")
    client.sign_in(an_account("Ada", email="ada@example.org"))
    assert client.submit(f"{link}/acceptances").status_code == 303


def test_a_link_ends_after_a_week(client: PageClient) -> None:
    team = a_team()
    link = invite(team)
    ada = an_account("Ada", email=ADA)
    with freeze(now() + timedelta(days=7, minutes=1)):
        client.sign_in(ada)
        assert "has expired" in client.page(link).text
        assert client.submit(f"{link}/acceptances").status_code == 409
    assert role_of(team, ADA) is None


def test_sent_again_the_old_link_is_dead_and_the_new_one_lives(client: PageClient) -> None:
    team = a_team()
    old = invite(team)
    client.sign_in(team.owner)
    assert client.submit(f"/w/{team.slug}/invitations/{the_invite()}/deliveries").status_code == 303
    new = letters_to(ADA)[-1].link
    assert client.page(old, 404)
    assert client.page(new)


def test_withdrawn_the_link_is_dead(client: PageClient) -> None:
    team = a_team()
    link = invite(team)
    client.sign_in(team.owner)
    path = f"/w/{team.slug}/invitations/{the_invite()}/withdrawals"
    assert client.submit(path).status_code == 303
    assert client.submit(path).status_code == 404
    assert client.page(link, 404)
    invite(team)


def test_a_deleted_workspace_takes_nobody_in(client: PageClient) -> None:
    team = a_team()
    link = invite(team)
    with unit_of_work():
        delete_workspace(team.workspace_id)
    client.sign_in(an_account("Ada", email=ADA))
    assert client.page(link, 404)
    assert client.submit(f"{link}/acceptances").status_code == 404


def test_an_open_invitation_is_not_doubled(client: PageClient) -> None:
    team = a_team()
    invite(team)
    client.sign_in(team.owner)
    answer = client.submit(f"/w/{team.slug}/invitations/new", {"email": "ADA@example.org", "role": "viewer"})
    assert answer.status_code == 422
    assert "already has an open invitation" in answer.text


def test_a_member_is_not_invited(app: Guerdon) -> None:
    team = a_team()
    with unit_of_work():
        address = session.get_one(Account, team.members["viewer"]).email
    with pytest.raises(Conflict, match="already belongs"):
        invite(team, address)


def test_an_admin_invites_no_owner(client: PageClient) -> None:
    team = a_team()
    with pytest.raises(Denied):
        invite(team, role="owner", by="admin")
    client.sign_in(team.members["admin"])
    page = client.page(f"/w/{team.slug}/invitations/new")
    assert {option.get("value") for option in page.all("input", type="radio")} == {"admin", "member", "viewer"}
    answer = client.submit(f"/w/{team.slug}/invitations/new", {"email": ADA, "role": "owner"})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "email", ["", "ada", "ada@", "@example.org", "a b@example.org", "a@b@c.org", "x" * 300 + "@e.org"]
)
def test_an_address_that_is_none(client: PageClient, email: str) -> None:
    team = a_team()
    client.sign_in(team.owner)
    answer = client.submit(f"/w/{team.slug}/invitations/new", {"email": email, "role": "member"})
    assert answer.status_code == 422
    if email:
        with pytest.raises(Invalid):
            invite(team, email)


def test_nobody_floods_a_mailbox(app: Guerdon) -> None:
    team = a_team()
    invite(team)
    with unit_of_work(team.workspace_id, actor=Actor("account", team.owner)):
        owner = session.get_one(Account, team.owner)
        for _ in range(5):
            invites.send_again(team.workspace_id, owner, the_invite())
        with pytest.raises(TooMany):
            invites.send_again(team.workspace_id, owner, the_invite())


def test_what_one_is_invited_to_is_shown_after_signing_in(client: PageClient) -> None:
    team = a_team()
    invite(team)
    client.sign_in(an_account("Ada", email=ADA))
    assert client.get("/").location == "/workspaces"
    page = client.page("/workspaces")
    assert "Tidepool Games" in page.text
    answer = client.submit(f"/workspaces/invitations/{the_invite()}/acceptances")
    assert answer.location == f"/w/{team.slug}/"


def test_an_invitation_of_others_is_not_accepted_by_its_number(client: PageClient) -> None:
    team = a_team()
    invite(team)
    client.sign_in(an_account("Eve"))
    assert client.submit(f"/workspaces/invitations/{the_invite()}/acceptances").status_code == 403


def test_accepting_lowers_no_role_one_has(client: PageClient) -> None:
    team = a_team()
    link = invite(team, role="viewer")
    ada = an_account("Ada", email=ADA)
    with unit_of_work():
        session.add(Membership(account_id=ada, workspace_id=team.workspace_id, role="admin"))
    client.sign_in(ada)
    assert client.submit(f"{link}/acceptances").status_code == 303
    assert role_of(team, ADA) == "admin"


def test_accepted_twenty_times_at_once_it_counts_once(committing_app: Guerdon) -> None:
    app = committing_app
    with app.app_context():
        team = a_team()
        token = invite(team).rpartition("/")[2]
        ada = an_account("Ada", email=ADA)
    start, outcomes = Barrier(20), []

    def join() -> None:
        with app.app_context():
            start.wait()
            try:
                with unit_of_work(actor=Actor("account", ada)):
                    invites.accept_link(token, session.get_one(Account, ada))
                outcomes.append("joined")
            except Missing:
                outcomes.append("gone")
            except DomainError as error:
                outcomes.append(error.code)

    threads = [Thread(target=join) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(outcomes) == ["gone"] * 19 + ["joined"]
    with app.app_context(), unit_of_work():
        count = select(func.count()).select_from(Membership).where(Membership.account_id == ada)
        assert session.scalar(count) == 1


def test_strangers_addresses_are_forgotten(app: Guerdon) -> None:
    invite(a_team())
    forget_old_invites()
    assert the_invite()
    with freeze(now() + timedelta(days=100)):
        forget_old_invites()
    with unit_of_work():
        assert session.scalar(select(func.count()).select_from(TeamInvite)) == 0


@pytest.mark.parametrize("token", ["x", "%00", "a/b", "ä", "0" * 500])
def test_a_link_that_never_was(client: PageClient, token: str) -> None:
    assert client.get(f"/invites/{token}").status_code == 404
