"""The activity page and its file."""

import ast
import csv
import io
import re
from pathlib import Path

import pytest
from sqlalchemy import select

from app.core.actor import Actor
from app.core.audit import record
from app.core.db import session
from app.core.tenancy import unit_of_work
from app.workspaces.models import Membership
from app.workspaces.operations.team import change_role
from app.workspaces.queries.activity import WORDS
from app.workspaces.roles import PERMISSIONS
from tests.factories.workspaces import Team, a_team
from tests.support.pages import Page, PageClient

APP = Path(__file__).parents[2] / "app" / "workspaces"


def some_history(team: Team, entries: int = 0) -> None:
    with unit_of_work(team.workspace_id, actor=Actor("account", team.owner)):
        viewer = session.scalars(
            select(Membership.id).where(
                Membership.workspace_id == team.workspace_id, Membership.account_id == team.members["viewer"]
            )
        ).one()
        change_role(team.workspace_id, viewer, "member")
    with unit_of_work(team.workspace_id, actor=Actor("account", team.members["admin"])):
        record("key.revoked", "key", "01900000-0000-7000-8000-000000000001", name="=Old laptop")
        for number in range(entries):
            record("app.registered", "app", "01900000-0000-7000-8000-000000000002", name=f"App {number:03}")


def lines(page: Page) -> list[str]:
    return [re.sub(r"\s+", " ", "".join(row.itertext())).strip() for row in page.all("tbody")[0].iter("tr")]


def test_who_did_what_newest_first(client: PageClient) -> None:
    team = a_team()
    some_history(team)
    client.sign_in(team.members["viewer"])
    newest, oldest = lines(client.page(f"/w/{team.slug}/activity"))
    assert newest.startswith("Revoked a key: =Old laptop Admin")
    assert oldest.startswith("Changed a role: Viewerrole: viewer → member Owner")


def test_it_is_narrowed_by_the_address(client: PageClient) -> None:
    team = a_team()
    some_history(team)
    client.sign_in(team.owner)
    path = f"/w/{team.slug}/activity"
    assert len(lines(client.page(f"{path}?subject=key"))) == 1
    assert len(lines(client.page(f"{path}?action=member.role_changed"))) == 1
    assert len(lines(client.page(f"{path}?actor={team.owner}"))) == 1
    assert "Nothing of that kind" in client.page(f"{path}?actor={team.owner}&subject=key").text
    assert len(lines(client.page(f"{path}?actor=junk&action=junk&subject=junk&before=junk&after=junk"))) == 2
    page = client.page(f"{path}?actor={team.owner}&subject=account")
    chosen = {option.get("value") for option in page.all("option") if option.get("selected") is not None}
    assert str(team.owner) in chosen


def test_one_reads_on_page_by_page_and_back(client: PageClient) -> None:
    team = a_team()
    some_history(team, entries=118)
    client.sign_in(team.owner)
    seen: list[str] = []
    address: str | None = f"/w/{team.slug}/activity"
    pages = []
    while address:
        page = client.page(address)
        pages.append(lines(page))
        seen += pages[-1]
        following = page.all("a", rel="next")
        address = following[0].get("href") if following else None
    assert [len(found) for found in pages] == [50, 50, 20]
    assert len(set(seen)) == 120
    back = client.page(str(page.all("a", rel="prev")[0].get("href")))
    assert lines(back) == pages[1]
    first = client.page(str(back.all("a", rel="prev")[0].get("href")))
    assert lines(first) == pages[0]
    assert not first.all("a", rel="prev")


def test_the_whole_log_as_a_file(client: PageClient) -> None:
    team = a_team()
    some_history(team, entries=600)
    client.sign_in(team.owner)
    answer = client.get(f"/w/{team.slug}/activity?format=csv")
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert len(rows) == 1 + 602
    by_action = {row[3]: row for row in rows[1:]}
    assert by_action["key.revoked"][1:6] == ["Admin", "account", "key.revoked", "key", "'=Old laptop"]
    assert by_action["member.role_changed"][5] == "Viewer"


def test_another_workspaces_log_is_not_in_it(client: PageClient) -> None:
    team, other = a_team(), a_team()
    some_history(other)
    client.sign_in(team.owner)
    assert "Nothing" in client.page(f"/w/{team.slug}/activity").text
    assert client.get(f"/w/{team.slug}/activity?format=csv").text.count("\n") == 1


def recorded() -> set[str]:
    """Every action that this feature's code writes down, read from its source."""
    found = set()
    for path in APP.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= set(re.findall(r"^(?:workspace|member|ownership|invite|app|key|visit)\.[a-z_]+$", node.value))
    # An erased workspace has no log any more; the platform's keeps that.
    return found - set(PERMISSIONS) - {"workspace.erased", "workspace.id", "app.id"}


@pytest.mark.parametrize("action", sorted(recorded()))
def test_every_action_has_words(action: str) -> None:
    assert action in WORDS
