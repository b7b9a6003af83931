"""Staff see that a webhook is on its way or failed, and neither what it tells nor where exactly it goes."""

from uuid import UUID

import pytest
from sqlalchemy import select

from app.core.db import session
from app.core.tables import OutboxMessage
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from app.webhooks.operations.announcing import announce
from tests.factories.workspaces import Team, an_account
from tests.support.hook_server import Hooks, reply
from tests.support.jobs import run_jobs
from tests.support.pages import PageClient


@pytest.fixture
def office(client: PageClient, team: Team) -> PageClient:
    client.sign_in(an_account("Sam", is_staff=True))
    return client


def test_a_webhook_is_seen_retried_and_given_up(
    calling: Guerdon, office: PageClient, team: Team, endpoint_id: UUID, hooks: Hooks
) -> None:
    hooks.answer = reply(500)
    with unit_of_work(team.workspace_id):
        announce("points.spent", [{"user_id": "somebody-secret"}])
    run_jobs(calling, "webhooks")
    with unit_of_work(team.workspace_id):
        message_id = session.scalars(select(OutboxMessage.id).filter_by(channel="webhook")).one()
    listed = office.page("/staff/messages?channel=webhook")
    for words in ("Webhooks waiting 1", "points.spent", "127.0.0.1/…", "Again in a moment"):
        assert words in listed.text
    path = f"/staff/messages/{team.workspace_id}/{message_id}"
    page = office.page(path)
    source = page.response.get_data(as_text=True)
    assert "It answered 500." in page.text
    assert "somebody-secret" not in source
    assert "/hooks" not in source
    hooks.answer = reply(200)
    office.submit(f"{path}/retries")
    run_jobs(calling, "webhooks")
    assert len(hooks.told) == 2
    assert "Sent" in office.page(path).text
    assert office.submit(f"{path}/surrenders").status_code == 409
