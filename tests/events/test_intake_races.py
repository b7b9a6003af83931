"""Requests that arrive together: each event once, each answer its own, no workspace in another's way."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select

from app.core.db import session
from app.core.tenancy import unit_of_work
from app.events import taking
from app.events.checking import checked
from app.events.models import Event, EventKey, EventQueue
from app.events.operations.receiving import Delivery
from app.factory import Guerdon
from app.workspaces.credentials import read
from app.workspaces.models import App
from app.workspaces.operations.keys import make_secret_key, revoke_key
from tests.factories.workspaces import a_workspace, an_app

pytestmark = pytest.mark.thorough

THREADS = 24


class Sender:
    """An app's server: one workspace, one app, one key."""

    def __init__(self, app: Guerdon) -> None:
        self.app = app
        with app.app_context():
            self.workspace_id = a_workspace()
            self.app_id = an_app(self.workspace_id)
            with unit_of_work(self.workspace_id):
                minted = make_secret_key("Server", session.get_one(App, (self.workspace_id, self.app_id)), ["events"])
                self.key, self.key_id = minted.text, minted.key.id

    def send(self, path: str, body: Any) -> tuple[int, Any]:
        answer = self.app.test_client().post(path, json=body, headers={"Authorization": f"Bearer {self.key}"})
        return answer.status_code, answer.json

    def count(self, table: type = Event) -> int:
        with self.app.app_context(), unit_of_work(self.workspace_id):
            return session.scalar(select(func.count()).select_from(table)) or 0


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """Run all of them at the same moment."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        barrier.wait(10)
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return [future.result(60) for future in [threads.submit(run, call) for call in calls]]


def event(message_id: str, **more: Any) -> dict[str, Any]:
    return {"type": "track", "event": "x", "userId": "u", "messageId": message_id, **more}


def test_one_message_50_times_at_once_is_one_event(committing_app: Guerdon) -> None:
    sender = Sender(committing_app)
    answers = at_once([lambda: sender.send("/v1/track", event("m"))] * 50)
    assert answers == [(200, {"success": True})] * 50
    assert [sender.count(table) for table in (Event, EventKey, EventQueue)] == [1, 1, 1]


def test_batches_with_events_in_common_do_not_stand_in_each_other_s_way(committing_app: Guerdon) -> None:
    """Two processes share no group, so their transactions meet in the database; groups of one stand for them here."""
    sender = Sender(committing_app)
    batches = [[event(f"m{(start + step * direction) % 200}") for step in range(150)] for start in range(0, 200, 20) for direction in (1, -1)]  # fmt: skip
    receive = taking._receive
    calls = [lambda one=one: direct(sender, receive, one) for one in batches]
    at_once(calls)
    assert sender.count() == 200


def direct(sender: Sender, receive: Callable[..., None], batch: list[dict[str, Any]]) -> None:
    with sender.app.app_context():
        credential = read(sender.key)
        assert credential
        delivery = Delivery(credential, None, None, [checked(raw) for raw in batch])
        receive(sender.workspace_id, [delivery])
        assert delivery.refusal is None


def test_two_workspaces_at_once_are_never_mixed(committing_app: Guerdon) -> None:
    senders = [Sender(committing_app), Sender(committing_app)]
    calls = [
        lambda sender=sender, number=number: sender.send(
            "/v1/track", event(f"m{number}", userId=str(sender.workspace_id))
        )
        for number in range(30)
        for sender in senders
    ]
    assert Counter(status for status, _ in at_once(calls)) == {200: 60}
    for sender in senders:
        assert sender.count() == 30
        with committing_app.app_context(), unit_of_work(sender.workspace_id):
            assert session.scalars(select(Event.user_id).distinct()).all() == [str(sender.workspace_id)]
            assert session.scalars(select(Event.app_id).distinct()).all() == [sender.app_id]


def test_good_bad_and_strange_ones_travel_together(committing_app: Guerdon) -> None:
    sender = Sender(committing_app)
    strange = Sender(committing_app)
    strange.key = sender.key[:-1] + ("a" if sender.key[-1] != "a" else "b")
    calls = [
        lambda number=number: (sender, sender, strange)[number % 3].send(
            "/v1/track", event(f"m{number}", event="x" if number % 3 else "")
        )
        for number in range(48)
    ]
    answers = at_once(calls)
    assert [status for status, _ in answers] == [(422, 200, 401)[number % 3] for number in range(48)]
    assert sender.count() == 16
    assert strange.count() == 0


def test_one_that_poisons_the_transaction_harms_no_other(
    committing_app: Guerdon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing that gets past the check should; if something did, it is refused alone."""
    sender = Sender(committing_app)
    monkeypatch.setattr("app.events.checking.LONGEST_NAME", 1000)
    calls = [
        lambda number=number: sender.send("/v1/track", event(f"m{number}", event="x" * (500 if number % 5 == 0 else 5)))
        for number in range(THREADS)
    ]
    answers = at_once(calls)
    assert [status == 200 for status, _ in answers] == [number % 5 != 0 for number in range(THREADS)]
    assert sender.count() == sum(number % 5 != 0 for number in range(THREADS))


def test_a_revoked_key_is_refused_under_load(committing_app: Guerdon) -> None:
    sender, stop, answers = Sender(committing_app), threading.Event(), []

    def send_on(number: int) -> None:
        count = 0
        while not stop.is_set():
            sent_after_revocation = revoked.is_set()
            status, _ = sender.send("/v1/track", event(f"m{number}-{count}"))
            answers.append((sent_after_revocation, status))
            count += 1

    revoked = threading.Event()
    with ThreadPoolExecutor(8) as threads:
        running = [threads.submit(send_on, number) for number in range(8)]
        while len(answers) < 50:
            pass
        with committing_app.app_context(), unit_of_work(sender.workspace_id):
            revoke_key(sender.key_id)
        revoked.set()
        seen = len(answers)
        while len(answers) < seen + 50:
            pass
        stop.set()
        for one in running:
            one.result(10)
    assert {status for after, status in answers if after} == {401}
    assert sum(status == 200 for _, status in answers) == sender.count()
