"""Lists ask the database the same few questions, however long they are."""

import pytest

from app.core.pages import SIZE
from tests.factories.workspaces import a_team, an_account, an_app
from tests.staff.test_messages import a_message
from tests.support.budget import counted
from tests.support.pages import PageClient

# Whoever is signed in and their session cost one; a list its rows and their number.
BUDGETS = {
    "/staff": 5,
    "/staff/accounts": 3,
    "/staff/workspaces": 3,
    "/staff/apps": 5,
    "/staff/apps/all": 3,
    "/staff/messages": 3,
    "/staff/audit": 2,
    "/staff/queues": 2,
}


def fill(rows: int) -> None:
    for _ in range(rows):
        team = a_team()
        an_app(team.workspace_id, status="pending_review")
        a_message("failed", workspace_id=team.workspace_id)


@pytest.mark.parametrize("path", BUDGETS)
def test_a_list_keeps_to_its_budget(office: PageClient, path: str) -> None:
    fill(2)
    with counted() as few:
        office.page(path)
    fill(6)
    with counted() as many:
        office.page(path)
    assert len(many) == len(few), "\n".join(many)
    assert len(many) <= BUDGETS[path], "\n".join(many)


def test_a_long_list_has_pages(office: PageClient) -> None:
    for number in range(SIZE + 3):
        an_account(f"Player {number}")
    page = office.page("/staff/accounts")
    assert f"1–{SIZE} of {SIZE + 5}" in page.text
    assert f"{SIZE + 1}–{SIZE + 5} of {SIZE + 5}" in office.page("/staff/accounts?page=2").text
    assert "Player" not in office.page("/staff/accounts?page=2&sort=-joined&q=stella").text
