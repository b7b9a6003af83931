"""Messages to the outside: seen by their state, never by their text."""

from datetime import timedelta
from uuid import UUID

import pytest

from app.core.clock import now
from app.core.db import session
from app.core.outbox import send_mail
from app.core.tables import OutboxMessage
from app.core.tenancy import SYSTEM_WORKSPACE, unit_of_work
from app.factory import Guerdon
from tests.factories.workspaces import Team
from tests.staff.conftest import entries, the_entry
from tests.support.jobs import run_jobs
from tests.support.pages import PageClient

STATES = {
    "waiting": {},
    "failed": {"next_attempt_at": None, "attempts": 10, "last_error": "550 no mailbox for mei@kiln.example here"},
    "sent": {"next_attempt_at": None, "sent_at": now(), "attempts": 1},
}


def a_message(status: str = "waiting", *, workspace_id: UUID = SYSTEM_WORKSPACE, to: str = "mei@kiln.example") -> UUID:
    with unit_of_work(workspace_id):
        message_id = send_mail(
            to, "accounts/reset_password", name="Mei", link="https://here.example/password/reset/s3cret"
        )
        message = session.get_one(OutboxMessage, (workspace_id, message_id))
        message.status = status
        for name, value in STATES[status].items():
            setattr(message, name, value)
    return message_id


def path_to(message_id: UUID, *, workspace_id: UUID = SYSTEM_WORKSPACE, then: str = "") -> str:
    return f"/staff/messages/{workspace_id}/{message_id}{then}"


def status_of(message_id: UUID, workspace_id: UUID = SYSTEM_WORKSPACE) -> str:
    with unit_of_work(workspace_id):
        return session.get_one(OutboxMessage, (workspace_id, message_id)).status


def test_the_list_counts_and_filters(office: PageClient, team: Team) -> None:
    a_message("waiting")
    a_message("failed", workspace_id=team.workspace_id)
    page = office.page("/staff/messages")
    for words in (
        "Mails waiting 1",
        "Mails failed 1",
        "Mails sent 0",
        "…@kiln.example",
        "The platform",
        "Tidepool Games",
    ):
        assert words in page.text
    failed = office.page("/staff/messages?status=failed")
    assert "Tidepool Games" in failed.text
    assert "The platform" not in failed.text
    assert "No message is in this state" in office.page("/staff/messages?status=sent").text


def test_an_empty_list_says_what_it_is_for(office: PageClient) -> None:
    assert "Nothing was sent yet" in office.page("/staff/messages").text


@pytest.mark.parametrize("status", STATES)
def test_a_message_shows_neither_text_nor_person(office: PageClient, status: str) -> None:
    message_id = a_message(status)
    page = office.page(path_to(message_id))
    source = page.response.get_data(as_text=True)
    assert "…@kiln.example" in page.text
    assert "The text is not shown" in page.text
    assert "s3cret" not in source
    assert "mei@kiln" not in source


def test_a_message_under_another_workspace_does_not_exist(office: PageClient, team: Team) -> None:
    assert office.get(path_to(a_message(), workspace_id=team.workspace_id)).status_code == 404


def test_retrying_sends_it_with_all_its_attempts(app: Guerdon, office: PageClient, team: Team, stella: UUID) -> None:
    message_id = a_message("failed", workspace_id=team.workspace_id)
    path = path_to(message_id, workspace_id=team.workspace_id, then="/retries")
    assert office.submit(path).location.endswith(path_to(message_id, workspace_id=team.workspace_id))
    assert status_of(message_id, team.workspace_id) == "waiting"
    entry = the_entry("message.retried")
    assert (entry.workspace_id, entry.actor) == (team.workspace_id, ("staff", stella))
    run_jobs(app, "outbox")
    assert status_of(message_id, team.workspace_id) == "sent"


def test_what_arrived_is_not_sent_again(office: PageClient) -> None:
    message_id = a_message("sent")
    assert office.submit(path_to(message_id, then="/retries")).status_code == 409
    assert status_of(message_id) == "sent"
    assert entries("message.retried") == []


def test_what_is_being_sent_is_left_alone(office: PageClient) -> None:
    message_id = a_message()
    with unit_of_work(SYSTEM_WORKSPACE):
        message = session.get_one(OutboxMessage, (SYSTEM_WORKSPACE, message_id))
        message.claimed_until = now() + timedelta(minutes=1)
    assert "Being sent at this moment" in office.page(path_to(message_id)).text
    for then in ("/retries", "/surrenders"):
        assert office.submit(path_to(message_id, then=then)).status_code == 409


def test_giving_up_ends_the_attempts(app: Guerdon, office: PageClient, stella: UUID) -> None:
    message_id = a_message()
    assert office.submit(path_to(message_id, then="/surrenders")).status_code == 303
    run_jobs(app, "outbox")
    assert status_of(message_id) == "failed"
    assert the_entry("message.given_up").actor == ("staff", stella)
    assert office.submit(path_to(message_id, then="/surrenders")).status_code == 409


def test_errors_that_name_a_person_are_masked(office: PageClient) -> None:
    page = office.page(path_to(a_message("failed")))
    assert "550 no mailbox for [mail] here" in page.text
