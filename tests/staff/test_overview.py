"""The overview: what waits, how large the installation is, and whether its parts live."""

from datetime import UTC, datetime, timedelta

from app.core.clock import now
from app.core.db import session
from app.core.ids import first_id_at
from app.core.jobs import push
from app.core.outbox import send_mail
from app.core.schedule import LINES
from app.core.tables import AuditEntry, OutboxMessage, ScheduledRun
from app.core.tenancy import SYSTEM_WORKSPACE, unit_of_work
from app.factory import Guerdon
from app.workspaces.models import Workspace
from app.workspaces.operations.workspaces import delete_workspace
from tests.factories.workspaces import a_team, an_account, an_app
from tests.staff.test_messages import a_message
from tests.support.jobs import run_jobs
from tests.support.pages import PageClient


def test_it_counts_and_links(office: PageClient) -> None:
    team = a_team()
    an_app(team.workspace_id, status="pending_review")
    an_app(team.workspace_id)
    an_account("Late", status="pending_verification")
    a_message(status="failed")
    a_message(status="sent")
    page = office.page("/staff")
    for words in (
        *("Accounts 7 1 not confirmed", "Workspaces 1", "Apps 2 1 to review", "Mails sent today 1 1 failed"),
        *("One app waits for review", "One message was not delivered", "One account is not confirmed"),
    ):
        assert words in page.text


def test_what_is_going_to_be_erased(office: PageClient) -> None:
    team = a_team()
    with unit_of_work():
        delete_workspace(team.workspace_id)
    page = office.page("/staff")
    assert "Workspaces 0 1 to be erased" in page.text
    assert "One workspace is to be erased" in page.text


def test_jobs_that_failed(app: Guerdon, office: PageClient) -> None:
    push("app.core.chores.deliver_outbox", "no id", "email", queue="outbox")
    run_jobs(app, "outbox")
    assert "One job failed" in office.page("/staff").text


def test_queues_without_workers_and_a_schedule_that_stands_still(office: PageClient) -> None:
    page = office.page("/staff")
    assert "No worker serves the queue outbox" in page.text
    assert "The schedule stands still" in page.text
    with unit_of_work():
        session.add(ScheduledRun(job=LINES[0].name, due_at=now() - timedelta(minutes=1)))
    assert "The schedule stands still" not in office.page("/staff").text


def test_without_redis_the_pages_work_and_say_so(office: PageClient, no_redis: None) -> None:
    for path in ("/staff", "/staff/accounts", "/staff/queues", "/staff/messages"):
        assert "Redis does not answer" in office.page(path).text
    assert "The queues cannot be seen while Redis is away." in office.page("/staff/queues").text


def test_with_redis_nothing_is_said(office: PageClient) -> None:
    assert "Redis does not answer" not in office.page("/staff").text


def test_rows_without_a_month(office: PageClient) -> None:
    assert "A month is missing" not in office.page("/staff").text
    with unit_of_work(SYSTEM_WORKSPACE):
        session.add(
            AuditEntry(
                id=first_id_at(datetime(2090, 1, 1, tzinfo=UTC)),
                actor_kind="system",
                action="clock.jumped",
                subject_kind="platform",
                subject_id="clock",
            )
        )
    page = office.page("/staff")
    assert "A month is missing in audit_entry" in page.text
    assert "1 of its rows" in page.text


def test_the_platform_itself_is_no_workspace(office: PageClient) -> None:
    with unit_of_work():
        assert session.get(Workspace, SYSTEM_WORKSPACE) is not None
    assert "There are no workspaces yet" in office.page("/staff/workspaces").text
    assert office.get(f"/staff/workspaces/{SYSTEM_WORKSPACE}").status_code == 404


def test_mails_of_yesterday_do_not_count(office: PageClient) -> None:
    with unit_of_work(SYSTEM_WORKSPACE):
        sent = session.get_one(
            OutboxMessage, (SYSTEM_WORKSPACE, send_mail("a@example.org", "accounts/reactivated", name="A"))
        )
        sent.status, sent.next_attempt_at, sent.sent_at = "sent", None, now() - timedelta(days=2)
    assert "Mails sent today 0" in office.page("/staff").text
