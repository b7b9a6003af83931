"""Queues, jobs that failed, and the schedule."""

from datetime import timedelta
from uuid import UUID

from app.core.clock import now
from app.core.db import session
from app.core.jobs import push
from app.core.queues import failed_jobs, queue_state
from app.core.schedule import LINES, last_due
from app.core.tables import ScheduledRun
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from tests.staff.conftest import entries, the_entry
from tests.support.jobs import run_jobs
from tests.support.pages import PageClient


def a_failed_job(app: Guerdon) -> str:
    push("app.core.chores.deliver_outbox", "no id", "email", queue="outbox")
    run_jobs(app, "outbox")
    return failed_jobs()[0].id


def test_the_page_shows_queues_and_schedule(office: PageClient) -> None:
    push("app.core.chores.sweep_outbox")
    page = office.page("/staff/queues")
    assert "default 1 0 0 None" in page.text
    assert "outbox 0 0 0 None" in page.text
    assert "No job has failed." in page.text
    for line in LINES:
        assert line.when in page.text


def test_the_schedule_says_when_and_whether_late(office: PageClient) -> None:
    with unit_of_work():
        for line in LINES:
            session.add(ScheduledRun(job=line.name, due_at=last_due(line)))
    assert "Late" not in office.page("/staff/queues").text
    with unit_of_work():
        for run in session.query(ScheduledRun):
            run.due_at = now() - timedelta(days=3)
    assert "Late" in office.page("/staff/queues").text


def test_a_failed_job_says_where_it_failed(app: Guerdon, office: PageClient) -> None:
    a_failed_job(app)
    page = office.page("/staff/queues")
    assert "app.core.chores.deliver_outbox" in page.text
    assert "ValueError: badly formed hexadecimal UUID string" in page.text


def test_a_job_is_run_again(app: Guerdon, office: PageClient, stella: UUID) -> None:
    job_id = a_failed_job(app)
    assert office.submit(f"/staff/queues/jobs/{job_id}/retries").status_code == 303
    assert failed_jobs() == []
    entry = the_entry("job.retried")
    assert (entry.actor, entry.subject) == (("staff", stella), ("job", job_id))
    assert office.submit(f"/staff/queues/jobs/{job_id}/retries").status_code == 404
    run_jobs(app, "outbox")
    assert len(failed_jobs()) == 1


def test_a_job_is_discarded(app: Guerdon, office: PageClient, stella: UUID) -> None:
    job_id = a_failed_job(app)
    assert office.submit(f"/staff/queues/jobs/{job_id}/discards").status_code == 303
    assert failed_jobs() == []
    assert the_entry("job.discarded").actor == ("staff", stella)
    assert office.submit(f"/staff/queues/jobs/{job_id}/discards").status_code == 404


def test_a_job_that_did_not_fail_is_not_discarded(office: PageClient) -> None:
    push("app.core.chores.sweep_outbox", job_id="waits")
    assert office.submit("/staff/queues/jobs/waits/discards").status_code == 404
    assert [state.waiting for state in queue_state() or []] == [1, 0, 0, 0]
    assert entries("job.discarded") == []


def test_without_redis_nothing_is_done(office: PageClient, no_redis: None) -> None:
    for verb in ("retries", "discards"):
        assert office.submit(f"/staff/queues/jobs/x/{verb}").status_code == 503
    assert entries("job.retried") == []
