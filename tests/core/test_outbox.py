"""Mail is written with its cause, arrives once, is tried again, and is given up in the end."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from jinja2 import DictLoader
from sqlalchemy import select

from app.core import chores, delivery
from app.core.clock import freeze, now
from app.core.db import session
from app.core.delivery import CLAIM, PAUSES, deliver_next
from app.core.errors import Conflict, Missing
from app.core.ids import new_id
from app.core.outbox import resend, send_mail
from app.core.outbox_queries import counts_by_status, messages, where_something_is_due
from app.core.parcels import Parcel, Refused
from app.core.tables import OutboxMessage
from app.core.tenancy import SYSTEM_WORKSPACE, scope, unit_of_work
from app.factory import Guerdon
from tests.factories.workspaces import a_workspace
from tests.support.jobs import run_jobs
from tests.support.mail_server import Mailbox, mail_server

TEMPLATES = {
    "email/hello.txt": "Subject: Hello {{ name }}\n\nGood day, {{ name }}.\n",
    "email/hello.html": "<html><head></head><body><p>Good day, {{ name }}.</p></body></html>",
}
TO = "ines@example.org"


@pytest.fixture
def server() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


def with_mail(app: Guerdon, server: Mailbox, monkeypatch: pytest.MonkeyPatch) -> Guerdon:
    monkeypatch.setattr(app, "settings", replace(app.settings, smtp_url=server.url))
    monkeypatch.setattr(app.jinja_env, "loader", DictLoader(TEMPLATES))
    app.jinja_env.cache.clear()  # type: ignore[union-attr]
    return app


@pytest.fixture
def mailing(app: Guerdon, server: Mailbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Guerdon]:
    yield with_mail(app, server, monkeypatch)
    app.jinja_env.cache.clear()  # type: ignore[union-attr]


def written(to: str = TO, workspace_id: UUID | None = None, name: str = "Ines") -> UUID:
    with unit_of_work(workspace_id):
        return send_mail(to, "hello", name=name)


def state(message_id: UUID, workspace_id: UUID = SYSTEM_WORKSPACE) -> OutboxMessage:
    with unit_of_work(workspace_id):
        message = session.get_one(OutboxMessage, (workspace_id, message_id))
        session.expunge(message)
        return message


def failing(error: Exception, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    attempts: list[int] = []

    def fail(parcel: Parcel) -> None:
        attempts.append(parcel.attempt)
        raise error

    monkeypatch.setitem(delivery.CHANNELS, "email", fail)
    return attempts


def test_a_letter_arrives(mailing: Guerdon, server: Mailbox) -> None:
    message_id = written()
    run_jobs(mailing)
    (letter,) = server.letters
    assert server.recipients == [[TO]]
    assert (letter["Subject"], letter["To"], letter["Auto-Submitted"]) == ("Hello Ines", TO, "auto-generated")
    assert letter["Message-ID"] == f"<{message_id}@localhost>"
    text, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().splitlines() == ["Good day, Ines."]
    assert "<p>Good day, Ines.</p>" in html.get_content()
    message = state(message_id)
    assert (message.status, message.attempts, message.next_attempt_at, message.claimed_until) == ("sent", 1, None, None)


def test_a_letter_lies_in_the_workspace_that_caused_it(mailing: Guerdon, server: Mailbox) -> None:
    workspace_id = a_workspace()
    message_id = written(workspace_id=workspace_id)
    run_jobs(mailing)
    assert state(message_id, workspace_id).status == "sent"
    with unit_of_work():
        assert session.scalars(messages()).all() == []


def test_what_rolls_back_is_not_sent(mailing: Guerdon, server: Mailbox) -> None:
    with pytest.raises(Conflict), unit_of_work():
        send_mail(TO, "hello", name="Ines")
        raise Conflict("no", "No.")
    run_jobs(mailing)
    assert server.letters == []


def test_html_escapes_what_people_call_themselves(mailing: Guerdon, server: Mailbox) -> None:
    written(name="<b>Ines</b> & co")
    run_jobs(mailing)
    html = server.letters[0].get_body(("html",))
    assert html is not None
    assert "&lt;b&gt;Ines&lt;/b&gt; &amp; co" in html.get_content()
    assert server.letters[0]["Subject"] == "Hello <b>Ines</b> & co"


def test_a_name_cannot_write_headers(mailing: Guerdon, server: Mailbox) -> None:
    written(name="Ines\r\nBcc: mallory@example.org\r\n\r\nspam")
    run_jobs(mailing)
    assert server.recipients == [[TO]]
    assert server.letters[0]["Bcc"] is None


@pytest.mark.parametrize(
    "address", ["ines@example.org, mallory@example.org", "ines@example.org\r\nBcc: m@example.org", "ines", "", "<a@b>"]
)
def test_an_address_is_one_address(mailing: Guerdon, address: str) -> None:
    with pytest.raises(ValueError, match="no address"), unit_of_work():
        send_mail(address, "hello", name="Ines")


def test_letters_of_any_alphabet_arrive(mailing: Guerdon, server: Mailbox) -> None:
    written(name="Žofie 🌊")
    run_jobs(mailing)
    assert server.letters[0]["Subject"] == "Hello Žofie 🌊"


def test_nothing_readable_lies_in_the_table(mailing: Guerdon) -> None:
    written()
    with unit_of_work(role="staff"):
        row = session.execute(select(OutboxMessage.__table__.c.id)).all()
        raw = session.connection().exec_driver_sql("SELECT destination, payload FROM outbox_message").all()
    assert len(row) == len(raw) == 1
    assert b"example.org" not in raw[0][0]
    assert b"Good day" not in raw[0][1]


def test_a_failed_attempt_is_followed_by_the_next_at_its_time(
    mailing: Guerdon, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = failing(OSError("no route to ines@example.org"), monkeypatch)
    at = now()
    with freeze(at):
        message_id = written()
    for number, pause in enumerate([*PAUSES[1:], None], start=1):
        with freeze(at):
            assert deliver_next(SYSTEM_WORKSPACE, "email")
            assert not deliver_next(SYSTEM_WORKSPACE, "email")
        message = state(message_id)
        assert (message.attempts, message.last_error) == (number, "no route to [mail]")
        if pause is None:
            assert message.status == "failed"
            break
        assert message.next_attempt_at is not None
        assert pause * 0.9 <= message.next_attempt_at - at <= pause * 1.1
        with freeze(message.next_attempt_at - timedelta(seconds=1)):
            assert not deliver_next(SYSTEM_WORKSPACE, "email")
        at = message.next_attempt_at
    assert attempts == list(range(1, 11))


def test_what_is_refused_for_good_is_not_tried_again(mailing: Guerdon, server: Mailbox) -> None:
    server.recipient_reply = "550 no such user"
    message_id = written()
    run_jobs(mailing)
    message = state(message_id)
    assert (message.status, message.attempts, message.last_error) == ("failed", 1, "550 no such user")


@pytest.mark.parametrize(
    ("recipient", "data"), [("451 come back later", "250 ok"), ("250 ok", "451 disk full"), ("250 ok", "554 spam")]
)
def test_what_is_put_off_is_tried_again(mailing: Guerdon, server: Mailbox, recipient: str, data: str) -> None:
    server.recipient_reply, server.data_reply = recipient, data
    message_id = written()
    run_jobs(mailing)
    assert state(message_id).status == "waiting"
    server.recipient_reply = server.data_reply = "250 ok"
    with freeze(now() + timedelta(seconds=10)):
        chores.sweep_outbox()
        run_jobs(mailing)
    assert (state(message_id).status, len(server.letters)) == ("sent", 1)


def test_without_a_server_the_letter_waits(mailing: Guerdon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailing, "settings", replace(mailing.settings, smtp_url="smtp://127.0.0.1:1"))
    message_id = written()
    run_jobs(mailing)
    message = state(message_id)
    assert message.status == "waiting"
    assert "refused" in (message.last_error or "")


def test_the_sweep_finds_what_nobody_rang_for(
    mailing: Guerdon, server: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace_id = a_workspace()
    with monkeypatch.context() as patch:
        patch.setattr("app.core.outbox._ring", lambda *_: None)
        written(workspace_id=workspace_id)
        written()
    run_jobs(mailing)
    assert server.letters == []
    chores.sweep_outbox()
    run_jobs(mailing)
    assert len(server.letters) == 2


def test_a_worker_that_died_while_sending_is_followed_by_another(mailing: Guerdon, server: Mailbox) -> None:
    message_id = written()
    with unit_of_work(SYSTEM_WORKSPACE):
        assert delivery._claim("email") is not None
    assert not deliver_next(SYSTEM_WORKSPACE, "email")
    with freeze(now() + CLAIM + timedelta(seconds=1)):
        assert deliver_next(SYSTEM_WORKSPACE, "email")
    assert (state(message_id).status, state(message_id).attempts) == ("sent", 2)


def test_a_worker_that_died_in_the_last_attempt_leaves_a_failure(mailing: Guerdon) -> None:
    dead, alive = written(), written()
    with unit_of_work(SYSTEM_WORKSPACE):
        session.get_one(OutboxMessage, (SYSTEM_WORKSPACE, dead)).attempts = len(PAUSES)
    assert deliver_next(SYSTEM_WORKSPACE, "email")
    assert (state(dead).status, state(dead).last_error) == ("failed", delivery.DIED)
    assert state(alive).status == "sent"


def test_a_late_failure_does_not_undo_what_another_sent(mailing: Guerdon) -> None:
    message_id = written()
    with unit_of_work(SYSTEM_WORKSPACE):
        slow = delivery._claim("email")
    assert slow is not None
    with freeze(now() + CLAIM + timedelta(seconds=1)):
        deliver_next(SYSTEM_WORKSPACE, "email")
    with unit_of_work(SYSTEM_WORKSPACE):
        delivery._settle(slow, Refused("too late"))
    assert state(message_id).status == "sent"


def test_a_failed_message_can_be_sent_again(mailing: Guerdon, server: Mailbox) -> None:
    server.recipient_reply = "550 no such user"
    message_id = written()
    run_jobs(mailing)
    server.recipient_reply = "250 ok"
    with unit_of_work(role="staff"), scope(SYSTEM_WORKSPACE):
        resend(message_id)
    run_jobs(mailing)
    assert (state(message_id).status, len(server.letters)) == ("sent", 1)


def test_a_waiting_message_can_be_sent_now_but_not_while_it_is_sent(mailing: Guerdon, server: Mailbox) -> None:
    server.data_reply = "451 later"
    message_id = written()
    run_jobs(mailing)
    server.data_reply = "250 ok"
    with unit_of_work(SYSTEM_WORKSPACE):
        resend(message_id)
        assert delivery._claim("email") is not None
        with pytest.raises(Conflict):
            resend(message_id)


def test_a_message_of_another_workspace_is_not_there(mailing: Guerdon) -> None:
    message_id = written()
    for stranger in (message_id, new_id()):
        with unit_of_work(a_workspace()), pytest.raises(Missing):
            resend(stranger)


def test_staff_see_and_count_everything(mailing: Guerdon) -> None:
    workspace_id = a_workspace()
    written()
    written(workspace_id=workspace_id)
    with unit_of_work(role="staff"):
        assert counts_by_status() == {"waiting": 2, "sent": 0, "failed": 0}
        assert [message.workspace_id for message in session.scalars(messages("waiting"))] == [
            workspace_id,
            SYSTEM_WORKSPACE,
        ]
        assert set(where_something_is_due(now())) == {(workspace_id, "email"), (SYSTEM_WORKSPACE, "email")}
        assert session.scalars(messages("failed")).all() == []


def test_a_turn_that_is_over_leaves_the_rest_to_the_next(
    mailing: Guerdon, server: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chores, "TURN_SECONDS", 0.0)
    for _ in range(3):
        written()
    run_jobs(mailing, "outbox")
    assert len(server.letters) == 3


def test_a_message_of_an_unknown_channel_hurts_no_other(mailing: Guerdon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(delivery.CHANNELS, "email")
    message_id = written()
    run_jobs(mailing)
    assert state(message_id).status == "waiting"


def test_two_workers_at_once_send_a_letter_once(
    committing_app: Guerdon, server: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = with_mail(committing_app, server, monkeypatch)
    server.before_taking = threading.Event()
    barrier = threading.Barrier(6)

    def work() -> None:
        with app.app_context():
            barrier.wait()
            while deliver_next(SYSTEM_WORKSPACE, "email"):
                pass

    with app.app_context():
        ids = [written() for _ in range(5)]
    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    threading.Timer(0.3, server.before_taking.set).start()
    for thread in threads:
        thread.join()
    assert sorted(letter["Message-ID"] for letter in server.letters) == sorted(f"<{one}@localhost>" for one in ids)
    with app.app_context():
        assert {(state(one).status, state(one).attempts) for one in ids} == {("sent", 1)}
