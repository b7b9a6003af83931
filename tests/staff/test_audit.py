"""The audit log across all workspaces: narrowed, turned page by page, taken away as CSV."""

import csv
import io
from datetime import timedelta
from uuid import UUID

import pytest

from app.core.actor import Actor
from app.core.audit import record
from app.core.clock import now
from app.core.db import session
from app.core.ids import first_id_at
from app.core.pages import SIZE
from app.core.tables import AuditEntry
from app.core.tenancy import SYSTEM_WORKSPACE, unit_of_work
from tests.factories.workspaces import Team
from tests.support.pages import Page, PageClient
from tests.support.world import email_of


def actions(page: Page) -> list[str]:
    return [tag.text or "" for tag in page.root.iterfind(".//tbody/tr/th/span")]


def log(workspace_id: UUID, action: str, *, actor: UUID | None = None, subject: str = "s", **details: object) -> None:
    by = Actor("account", actor) if actor else Actor("system")
    with unit_of_work(workspace_id, actor=by):
        record(action, "thing", subject, **details)


@pytest.fixture
def history(team: Team) -> Team:
    log(team.workspace_id, "key.made", actor=team.owner, subject="key-1")
    log(team.workspace_id, "key.revoked", actor=team.members["admin"], subject="key-1")
    log(SYSTEM_WORKSPACE, "keyring.turned", subject="ring")
    return team


def test_newest_first_from_everywhere(office: PageClient, history: Team) -> None:
    page = office.page("/staff/audit")
    assert actions(page) == ["keyring.turned", "key.revoked", "key.made"]
    assert "The platform" in page.text
    assert "Tidepool Games" in page.text


def test_narrowed(office: PageClient, history: Team) -> None:
    today = now().date()
    for query, expected in (
        ({"actor": email_of(history.owner).upper()}, ["key.made"]),
        ({"action": "key.revoked"}, ["key.revoked"]),
        ({"action": "key"}, ["key.revoked", "key.made"]),
        ({"workspace": history.slug}, ["key.revoked", "key.made"]),
        ({"subject": "ring"}, ["keyring.turned"]),
        ({"kind": "system"}, ["keyring.turned"]),
        ({"since": today, "until": today}, ["keyring.turned", "key.revoked", "key.made"]),
        ({"since": today + timedelta(days=1)}, []),
        ({"until": today - timedelta(days=1)}, []),
        ({"workspace": history.slug, "action": "key.made", "kind": "account"}, ["key.made"]),
    ):
        assert actions(office.page("/staff/audit", query_string=query)) == expected, query


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"actor": "nobody@example.org"}, "No account has this address."),
        ({"workspace": "nowhere"}, "No workspace has this address."),
        ({"since": "yesterday"}, "Write a day such as 2026-11-20."),
        ({"until": "9999-12-31"}, "Write a day such as 2026-11-20."),
        ({"action": "x" * 300}, "This is too long to be found."),
    ],
)
def test_what_cannot_be_looked_for_is_said_at_its_field(
    office: PageClient, history: Team, query: dict[str, str], words: str
) -> None:
    page = office.page("/staff/audit", status=422, query_string=query)
    assert words in page.text
    assert actions(page) == []


def test_nothing_found(office: PageClient) -> None:
    assert "No entry fits" in office.page("/staff/audit?action=nothing.done").text


def test_page_by_page_and_back(office: PageClient, team: Team) -> None:
    with unit_of_work(team.workspace_id):
        for number in range(SIZE + 5):
            record("step.taken", "step", str(number))
    first = office.page("/staff/audit?kind=system")
    assert len(actions(first)) == SIZE
    following = office.page(next(link.get("href") for link in first.all("a", rel="next")))
    assert len(actions(following)) == 5
    back = office.page(next(link.get("href") for link in following.all("a", rel="prev")))
    assert len(actions(back)) == SIZE


def test_days_are_those_of_the_clock_in_the_ids(office: PageClient) -> None:
    before = now() - timedelta(days=40)
    with unit_of_work(SYSTEM_WORKSPACE):
        session.add(
            AuditEntry(id=first_id_at(before), actor_kind="system", action="old.news", subject_kind="x", subject_id="x")
        )
    day = before.date()
    assert actions(office.page("/staff/audit", query_string={"since": day, "until": day})) == ["old.news"]


def test_csv_takes_the_filter_and_runs_nothing(office: PageClient, history: Team) -> None:
    log(history.workspace_id, "key.named", actor=history.owner, subject="=1+1", name="@SUM(A1)")
    response = office.get("/staff/audit", query_string={"format": "csv", "workspace": history.slug})
    rows = list(csv.DictReader(io.StringIO(response.get_data(as_text=True))))
    assert [row["Action"] for row in rows] == ["key.named", "key.revoked", "key.made"]
    assert rows[0]["Subject id"] == "'=1+1"
    assert rows[0]["Actor"] == email_of(history.owner)
    assert rows[0]["Details"].startswith("{")
    assert {row["Workspace"] for row in rows} == {history.slug}


def test_what_was_written_stands_as_text(office: PageClient, team: Team) -> None:
    log(team.workspace_id, "app.renamed", name="<script>alert(1)</script>", changes={"name": ["<b>", None]})
    page = office.page("/staff/audit")
    assert "<script>alert(1)</script>" in page.text
    assert "Name: <b> → nothing" in page.text
