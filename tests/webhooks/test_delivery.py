"""What happened is told to whoever asked, signed, once at a time, again until it is taken, and not for ever."""

import json
import threading
from datetime import datetime, timedelta
from email.utils import format_datetime
from uuid import UUID

import pytest
from sqlalchemy import select
from standardwebhooks import Webhook, WebhookVerificationError

from app.core import chores
from app.core.clock import freeze, now
from app.core.db import session
from app.core.delivery import PAUSES, deliver_next
from app.core.ids import new_id
from app.core.queues import queue_state
from app.core.redis import Away
from app.core.schedule import LINES, last_due
from app.core.tables import OutboxMessage
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from app.notifications.models import Notification
from app.webhooks.jobs import forget_old_attempts
from app.webhooks.models import WebhookAttempt, WebhookEndpoint
from app.webhooks.operations.announcing import announce
from app.webhooks.operations.endpoints import (
    change_endpoint,
    delete_endpoint,
    disable_endpoint,
    enable_endpoint,
    rotate_secret,
)
from app.webhooks.operations.sending import resend_all_failed, resend_attempt
from tests.dev.running import free_port
from tests.factories.workspaces import Team, a_workspace
from tests.support.budget import counted
from tests.support.hook_server import Hooks, reply
from tests.support.jobs import run_jobs
from tests.support.letters import letters_to
from tests.support.world import email_of
from tests.webhooks.conftest import allow_loopback, an_endpoint

SPENT = {"transaction_id": "019e0b3c-9d77-7d21-8c11-0f2b6c9d1e42", "user_id": "u 🌊 1", "points_change": -50}


def tell(workspace_id: UUID, *data: dict[str, object], type: str = "points.spent") -> None:
    with unit_of_work(workspace_id):
        announce(type, data or [SPENT])


def away(*_: object) -> None:
    raise Away


def endpoint(workspace_id: UUID, endpoint_id: UUID) -> WebhookEndpoint:
    with unit_of_work(workspace_id):
        found = session.get_one(WebhookEndpoint, (workspace_id, endpoint_id))
        session.expunge(found)
        return found


def messages(workspace_id: UUID) -> list[OutboxMessage]:
    with unit_of_work(workspace_id):
        query = select(OutboxMessage).filter_by(channel="webhook").order_by(OutboxMessage.id)
        found = list(session.scalars(query))
        session.expunge_all()
        return found


def attempts(workspace_id: UUID) -> list[WebhookAttempt]:
    with unit_of_work(workspace_id):
        found = list(session.scalars(select(WebhookAttempt).order_by(WebhookAttempt.id)))
        session.expunge_all()
        return found


def test_the_official_library_verifies_what_arrives(
    calling: Guerdon, team: Team, endpoint_id: UUID, hooks: Hooks
) -> None:
    tell(team.workspace_id)
    run_jobs(calling)
    (told,) = hooks.told
    assert told.line == "POST /hooks HTTP/1.1"
    secret = endpoint(team.workspace_id, endpoint_id).secret
    said = Webhook(secret).verify(told.body, told.by_name)
    assert (said["type"], said["data"]) == ("points.spent", SPENT)
    assert datetime.fromisoformat(said["timestamp"]).tzinfo is not None
    assert set(said) == {"type", "timestamp", "data"}
    (message,) = messages(team.workspace_id)
    assert told.by_name["webhook-id"] == str(message.id)
    assert told.by_name["content-type"] == "application/json"
    assert message.status == "sent"
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(told.body.replace(b"-50", b"-51"), told.by_name)


def test_while_a_rotation_overlaps_both_secrets_verify(
    calling: Guerdon, team: Team, endpoint_id: UUID, hooks: Hooks
) -> None:
    before = endpoint(team.workspace_id, endpoint_id).secret
    with unit_of_work(team.workspace_id):
        rotate_secret(endpoint_id, timedelta(hours=24))
    after = endpoint(team.workspace_id, endpoint_id).secret
    assert before != after
    tell(team.workspace_id)
    run_jobs(calling)
    for secret in (before, after):
        assert Webhook(secret).verify(hooks.told[0].body, hooks.told[0].by_name)
    with freeze(now() + timedelta(hours=25)):
        tell(team.workspace_id)
        run_jobs(calling)
        assert len(hooks.told[1].by_name["webhook-signature"].split()) == 1
        forget_old_attempts()
    assert endpoint(team.workspace_id, endpoint_id).old_secret is None


def test_only_who_asked_for_a_type_is_told(calling: Guerdon, team: Team, hooks: Hooks) -> None:
    an_endpoint(team.workspace_id, hooks.url("/spent"), "points.spent")
    an_endpoint(team.workspace_id, hooks.url("/both"), "points.spent", "points.credited")
    an_endpoint(a_workspace(), hooks.url("/theirs"))
    with unit_of_work(team.workspace_id):
        disable_endpoint(an_endpoint(team.workspace_id, hooks.url("/disabled")))
    tell(team.workspace_id, {"n": 1}, {"n": 2})
    tell(team.workspace_id, {"n": 3}, type="points.credited")
    run_jobs(calling)
    told = sorted((one.line.split()[1], json.loads(one.body)["data"]["n"]) for one in hooks.told)
    assert told == [("/both", 1), ("/both", 2), ("/both", 3), ("/spent", 1), ("/spent", 2)]


def test_where_nobody_listens_one_question_is_asked(calling: Guerdon) -> None:
    with unit_of_work(a_workspace()), counted() as statements:
        announce("points.spent", [SPENT] * 100)
        announce("points.spent", [])
    assert len(statements) == 1


def test_ids_and_times_are_sent_as_text(calling: Guerdon, team: Team, endpoint_id: UUID, hooks: Hooks) -> None:
    one = new_id()
    tell(team.workspace_id, {"id": one, "at": now(), "big": 2**80, "odd": "\x00\ud800 \u202eabc"})
    run_jobs(calling)
    data = json.loads(hooks.told[0].body)["data"]
    assert (data["id"], data["big"], data["odd"]) == (str(one), 2**80, "\x00\ud800 \u202eabc")
    assert datetime.fromisoformat(data["at"])


def test_a_type_that_nobody_knows_is_an_error(calling: Guerdon, team: Team) -> None:
    with pytest.raises(ValueError, match="knows no type"):
        tell(team.workspace_id, type="points.lost")


@pytest.mark.parametrize("status", [500, 503, 404, 400, 301, 302, 307])
def test_what_is_not_taken_is_tried_again_on_the_schedule(
    calling: Guerdon, team: Team, endpoint_id: UUID, hooks: Hooks, status: int
) -> None:
    hooks.answer = reply(status, b"no", Location="/elsewhere")
    at = now()
    with freeze(at):
        tell(team.workspace_id)
        run_jobs(calling)
    assert [one.line for one in hooks.told] == ["POST /hooks HTTP/1.1"]
    (message,) = messages(team.workspace_id)
    assert (message.status, message.attempts) == ("waiting", 1)
    assert message.next_attempt_at is not None
    assert timedelta(seconds=4.5) <= message.next_attempt_at - at <= timedelta(seconds=5.5)
    hooks.answer = reply(204)
    with freeze(at + timedelta(seconds=6)):
        chores.sweep_outbox()
        run_jobs(calling)
    first, second = hooks.told
    assert first.by_name["webhook-id"] == second.by_name["webhook-id"]
    assert first.by_name["webhook-timestamp"] != second.by_name["webhook-timestamp"]
    assert first.body == second.body
    kept = attempts(team.workspace_id)
    assert [(one.number, one.succeeded, one.response_status) for one in kept] == [(1, False, status), (2, True, 204)]
    assert messages(team.workspace_id)[0].status == "sent"


def test_the_sweep_comes_every_few_seconds() -> None:
    """A pause of five seconds is about five seconds: the line is due again by then."""
    line = next(line for line in LINES if line.path == "app.core.chores.sweep_outbox")
    due = last_due(line)
    with freeze(due + timedelta(seconds=6)):
        assert last_due(line) - due == timedelta(seconds=5)


def test_every_attempt_is_kept_sealed_with_what_was_sent_and_answered(
    calling: Guerdon, team: Team, endpoint_id: UUID, hooks: Hooks
) -> None:
    hooks.answer = reply(500, b"\x00<b>broken</b>\xff", X_Reason="full")
    tell(team.workspace_id)
    run_jobs(calling)
    (attempt,) = attempts(team.workspace_id)
    request, response = json.loads(attempt.request), json.loads(attempt.response or "")
    assert request["body"] == hooks.told[0].body.decode()
    assert request["headers"]["webhook-signature"] == hooks.told[0].by_name["webhook-signature"]
    assert ["X-Reason", "full"] in response["headers"]
    assert response["body"] == "\x00<b>broken</b>\ufffd"
    assert attempt.error == "It answered 500."
    with unit_of_work(team.workspace_id):
        raw = session.connection().exec_driver_sql("SELECT request, response FROM webhook_attempt").one()
    assert b"points.spent" not in raw[0]
    assert b"broken" not in raw[1]
    with freeze(now() + timedelta(days=29)):
        forget_old_attempts()
    assert len(attempts(team.workspace_id)) == 1
    with freeze(now() + timedelta(days=31)):
        forget_old_attempts()
    assert attempts(team.workspace_id) == []


def test_of_a_large_answer_ten_kilobytes_are_kept(
    calling: Guerdon, team: Team, endpoint_id: UUID, hooks: Hooks
) -> None:
    hooks.answer = reply(200, b"x" * 10_000_000)
    tell(team.workspace_id)
    run_jobs(calling)
    response = json.loads(attempts(team.workspace_id)[0].response or "")
    assert (len(response["body"]), response["is_cut"]) == (10_000, True)
    assert messages(team.workspace_id)[0].status == "sent"


def test_gone_disables_at_once(calling: Guerdon, team: Team, endpoint_id: UUID, hooks: Hooks) -> None:
    hooks.answer = reply(410)
    tell(team.workspace_id, {"n": 1}, {"n": 2}, {"n": 3})
    run_jobs(calling, "webhooks")
    assert len(hooks.told) == 1
    found = endpoint(team.workspace_id, endpoint_id)
    assert (found.disabled_because, found.state) == ("gone", "disabled")
    assert {message.status for message in messages(team.workspace_id)} == {"failed"}
    assert "gone" in (messages(team.workspace_id)[-1].last_error or "")
    tell(team.workspace_id)
    assert len(messages(team.workspace_id)) == 3
    hooks.answer = reply(200)
    with unit_of_work(team.workspace_id):
        enable_endpoint(endpoint_id)
        assert resend_all_failed(endpoint_id) == 3
    run_jobs(calling)
    assert len(hooks.told) == 4
    assert {message.status for message in messages(team.workspace_id)} == {"sent"}


@pytest.mark.parametrize("is_date", [False, True])
def test_the_server_says_when_to_come_again(
    calling: Guerdon, team: Team, endpoint_id: UUID, hooks: Hooks, is_date: bool
) -> None:
    at = now().replace(microsecond=0)
    until = at + timedelta(minutes=20)
    hooks.answer = reply(429, Retry_After=format_datetime(until, usegmt=True) if is_date else "1200")
    with freeze(at):
        tell(team.workspace_id, {"n": 1}, {"n": 2})
        run_jobs(calling)
    # The second message is left alone too: it would hear the same.
    assert len(hooks.told) == 1
    assert {message.next_attempt_at for message in messages(team.workspace_id)} == {until}
    hooks.answer = reply(200)
    with freeze(at + timedelta(minutes=19)):
        chores.sweep_outbox()
        run_jobs(calling)
    assert len(hooks.told) == 1
    with freeze(until + timedelta(seconds=1)):
        chores.sweep_outbox()
        run_jobs(calling)
    assert len(hooks.told) == 3


@pytest.mark.parametrize("odd", ["-5", "soon", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT", "0", "٣", "1e9", "12, 13"])
def test_an_odd_wish_to_wait_is_bounded(
    calling: Guerdon, team: Team, endpoint_id: UUID, hooks: Hooks, odd: str
) -> None:
    hooks.answer = reply(503).replace(b"\r\n\r\n", f"\r\nRetry-After: {odd}\r\n\r\n".encode())
    tell(team.workspace_id)
    run_jobs(calling)
    (message,) = messages(team.workspace_id)
    assert (message.status, message.attempts) == ("waiting", 1)
    assert message.next_attempt_at is not None
    assert message.next_attempt_at <= now() + timedelta(hours=24, seconds=1)


def test_after_five_days_of_failure_it_is_disabled_and_the_team_is_told(
    calling: Guerdon, team: Team, endpoint_id: UUID, hooks: Hooks
) -> None:
    hooks.answer = reply(500)
    began = at = now()
    while endpoint(team.workspace_id, endpoint_id).disabled_at is None:
        with freeze(at):
            tell(team.workspace_id)
            run_jobs(calling, "webhooks")
        assert at - began <= timedelta(days=5)
        at += timedelta(hours=12)
    assert at - timedelta(hours=12) - began == timedelta(days=5)
    assert endpoint(team.workspace_id, endpoint_id).disabled_because == "failing"
    assert {message.status for message in messages(team.workspace_id)} == {"failed"}
    with unit_of_work(team.workspace_id):
        told = {one.account_id: one for one in session.scalars(select(Notification))}
        assert set(told) == set(team.members.values())
        assert told[team.owner].title == "The webhook to Game server was disabled"
        assert (told[team.owner].action_url or "").endswith(f"/webhooks/{endpoint_id}")
    for role, mailed in (("owner", 1), ("admin", 1), ("member", 0), ("viewer", 0)):
        assert len(letters_to(email_of(team.members[role]))) == mailed, role


def test_a_success_ends_the_failing(calling: Guerdon, team: Team, endpoint_id: UUID, hooks: Hooks) -> None:
    hooks.answer = reply(500)
    at = now()
    with freeze(at):
        tell(team.workspace_id)
        run_jobs(calling)
    assert endpoint(team.workspace_id, endpoint_id).failing_since == at
    hooks.answer = reply(200)
    with freeze(at + timedelta(days=4)):
        tell(team.workspace_id)
        run_jobs(calling)
    assert endpoint(team.workspace_id, endpoint_id).state == "active"


def test_failures_far_apart_are_not_one_long_failure(
    calling: Guerdon, team: Team, endpoint_id: UUID, hooks: Hooks
) -> None:
    hooks.answer = reply(500)
    for days in (0, 10):
        with freeze(now() + timedelta(days=days)):
            tell(team.workspace_id)
            run_jobs(calling)
    assert endpoint(team.workspace_id, endpoint_id).state == "failing"


def test_ten_attempts_and_it_is_given_up(calling: Guerdon, team: Team, endpoint_id: UUID, hooks: Hooks) -> None:
    hooks.answer = reply(500)
    at = now()
    with freeze(at):
        tell(team.workspace_id)
    for _ in PAUSES:
        with freeze(at):
            deliver_next(team.workspace_id, "webhook")
        at = messages(team.workspace_id)[0].next_attempt_at or at
    (message,) = messages(team.workspace_id)
    assert (message.status, message.attempts, message.last_error) == ("failed", 10, "It answered 500.")
    assert len(hooks.told) == 10
    hooks.answer = reply(200)
    with unit_of_work(team.workspace_id):
        resend_attempt(endpoint_id, attempts(team.workspace_id)[3].id)
    run_jobs(calling)
    assert messages(team.workspace_id)[0].status == "sent"
    assert len({told.by_name["webhook-id"] for told in hooks.told}) == 1


def test_a_server_that_does_not_answer_rests_and_is_woken(
    calling: Guerdon, team: Team, endpoint_id: UUID, hooks: Hooks
) -> None:
    port, at = hooks.port, now()
    with unit_of_work(team.workspace_id):
        change_endpoint(endpoint_id, url=f"http://127.0.0.1:{free_port()}/", types=["points.spent"])
    with freeze(at):
        tell(team.workspace_id, {"n": 1}, {"n": 2}, {"n": 3})
        run_jobs(calling)
    assert [one.error for one in attempts(team.workspace_id)] == ["It refused the connection."]
    assert all((one.next_attempt_at or at) > at for one in messages(team.workspace_id))
    with unit_of_work(team.workspace_id), freeze(at):
        change_endpoint(endpoint_id, url=f"http://127.0.0.1:{port}/moved", types=["points.spent"])
    with freeze(at):
        run_jobs(calling)
    assert [one.line for one in hooks.told] == ["POST /moved HTTP/1.1"] * 2


def test_what_waits_for_a_disabled_endpoint_is_given_up(
    calling: Guerdon, team: Team, endpoint_id: UUID, hooks: Hooks
) -> None:
    tell(team.workspace_id)
    with unit_of_work(team.workspace_id):
        disable_endpoint(endpoint_id)
    run_jobs(calling)
    assert hooks.told == []
    (message,) = messages(team.workspace_id)
    assert (message.status, message.last_error) == ("failed", "The endpoint was disabled.")


def test_with_an_endpoint_go_its_messages_and_attempts(
    calling: Guerdon, team: Team, endpoint_id: UUID, hooks: Hooks
) -> None:
    tell(team.workspace_id)
    run_jobs(calling)
    tell(team.workspace_id)
    with unit_of_work(team.workspace_id):
        delete_endpoint(endpoint_id)
    run_jobs(calling)
    assert len(hooks.told) == 1
    assert (messages(team.workspace_id), attempts(team.workspace_id)) == ([], [])


def test_a_message_whose_endpoint_went_meanwhile_is_given_up(
    calling: Guerdon, team: Team, endpoint_id: UUID, hooks: Hooks
) -> None:
    tell(team.workspace_id)
    with unit_of_work(team.workspace_id):
        session.connection().exec_driver_sql("UPDATE outbox_message SET target_id = gen_random_uuid()")
    run_jobs(calling)
    assert (hooks.told, messages(team.workspace_id)[0].last_error) == ([], "The endpoint was deleted.")


def test_while_redis_is_away_the_message_waits_for_the_sweep(
    calling: Guerdon, team: Team, endpoint_id: UUID, hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("app.core.outbox.ask", away)
        tell(team.workspace_id)
    run_jobs(calling)
    assert (hooks.told, messages(team.workspace_id)[0].status) == ([], "waiting")
    chores.sweep_outbox()
    run_jobs(calling)
    assert len(hooks.told) == 1


def test_a_bell_that_rings_is_not_rung_twice(calling: Guerdon, team: Team, endpoint_id: UUID, hooks: Hooks) -> None:
    for _ in range(5):
        tell(team.workspace_id)
    chores.sweep_outbox()
    assert {state.name: state.waiting for state in queue_state() or []}["webhooks"] == 1
    run_jobs(calling, "webhooks")
    assert len(hooks.told) == 5
    tell(team.workspace_id)
    run_jobs(calling, "webhooks")
    assert len(hooks.told) == 6


@pytest.mark.thorough
def test_two_workers_at_once_deliver_each_message_once(
    committing_app: Guerdon, hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, barrier = allow_loopback(committing_app, monkeypatch), threading.Barrier(3)
    with app.app_context():
        workspace_id = a_workspace()
        an_endpoint(workspace_id, hooks.url())
        tell(workspace_id, *({"n": n} for n in range(60)))

    def work() -> None:
        with app.app_context():
            barrier.wait()
            chores.deliver_outbox(str(workspace_id), "webhook")

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(json.loads(told.body)["data"]["n"] for told in hooks.told) == list(range(60))
    with app.app_context():
        assert {message.status for message in messages(workspace_id)} == {"sent"}
        assert len(attempts(workspace_id)) == 60


@pytest.mark.thorough
def test_many_failures_at_once_agree_on_one_state(
    committing_app: Guerdon, hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = allow_loopback(committing_app, monkeypatch)
    hooks.answer = reply(410)
    with app.app_context():
        workspace_id = a_workspace()
        an_endpoint(workspace_id, hooks.url())
        tell(workspace_id, *({"n": n} for n in range(40)))
        chores.deliver_outbox(str(workspace_id), "webhook")
        assert {message.status for message in messages(workspace_id)} == {"failed"}
        with unit_of_work(workspace_id):
            assert session.scalars(select(WebhookEndpoint)).one().disabled_because == "gone"
        assert 1 <= len(hooks.told) <= 8
