"""A request that is sent again has one effect and one reply."""

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import request
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.core.access import public
from app.core.clock import freeze, now
from app.core.db import session
from app.core.errors import Conflict
from app.core.idempotency import replayed_or
from app.core.outbox import post
from app.core.tables import IdempotencyKey, OutboxMessage
from app.core.tenancy import SYSTEM_WORKSPACE, enter, unit_of_work
from app.factory import Guerdon

pytestmark = pytest.mark.thorough


@public
def effects() -> ResponseReturnValue:
    """Has an effect, then answers as it was asked to."""

    def run() -> ResponseReturnValue:
        message_id = post("email", "ines@example.org", {})
        match request.get_json()["then"]:
            case "refuse":
                raise Conflict("no", "No.")
            case "break":
                raise RuntimeError
            case "answer with a refusal":
                return {"id": str(message_id)}, 409
            case "answer with a failure":
                return {"id": str(message_id)}, 503
        return {"id": str(message_id)}, 201, {"Location": f"/v1/effects/{message_id}", "Set-Cookie": "a=b"}

    enter(SYSTEM_WORKSPACE)
    return replayed_or(run, request.headers["Idempotency-Key"], request.get_data(), request.args.get("app", ""))


@pytest.fixture
def api(committing_app: Guerdon) -> Iterator[Guerdon]:
    for rule in ("/v1/effects", "/v1/others"):
        committing_app.add_url_rule(rule, rule, effects, methods=["POST"])
        committing_app.extensions["csrf"].exempt(effects)
    with committing_app.app_context():
        yield committing_app


def send(
    app: Guerdon, key: str = "one", then: str = "answer", path: str = "/v1/effects", **body: object
) -> TestResponse:
    return FlaskClient(app).post(path, json={"then": then, **body}, headers={"Idempotency-Key": key})


def code(response: TestResponse) -> str:
    return str(response.get_json()["error"]["code"])


def count(table: type[OutboxMessage] | type[IdempotencyKey]) -> int:
    with unit_of_work(SYSTEM_WORKSPACE):
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_again_the_same_reply_and_no_second_effect(api: Guerdon) -> None:
    first, again = send(api), send(api)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_data() == again.get_data()
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Set-Cookie" not in again.headers
    assert count(OutboxMessage) == 1


def test_another_key_is_another_request(api: Guerdon) -> None:
    assert send(api, "one").get_data() != send(api, "two").get_data()
    assert count(OutboxMessage) == 2


@pytest.mark.parametrize(
    "other",
    [{"more": 1}, {"then": "answer with a refusal"}, {"path": "/v1/others"}, {"path": "/v1/effects?app=another"}],
)
def test_a_key_serves_one_request(api: Guerdon, other: dict[str, str]) -> None:
    send(api)
    refused = send(api, **other)  # type: ignore[arg-type]
    assert (refused.status_code, code(refused)) == (409, "idempotency_key_reused")
    assert count(OutboxMessage) == 1


def test_a_refusal_that_changed_nothing_is_not_kept(api: Guerdon) -> None:
    for _ in range(2):
        refused = send(api, then="refuse")
        assert (refused.status_code, code(refused)) == (409, "no")
        assert "Idempotent-Replayed" not in refused.headers
    assert (count(OutboxMessage), count(IdempotencyKey)) == (0, 0)
    assert send(api).status_code == 201


def test_a_refusal_that_was_written_down_is_kept(api: Guerdon) -> None:
    first, again = send(api, then="answer with a refusal"), send(api, then="answer with a refusal")
    assert (first.status_code, again.status_code) == (409, 409)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert count(OutboxMessage) == 1


@pytest.mark.parametrize("failure", ["break", "answer with a failure"])
def test_a_failure_of_ours_is_not_kept(api: Guerdon, failure: str) -> None:
    assert send(api, then=failure).status_code >= 500
    assert count(IdempotencyKey) == 0


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_has_a_length(api: Guerdon, key: str) -> None:
    refused = send(api, key)
    assert (refused.status_code, code(refused)) == (422, "idempotency_key_invalid")


@pytest.mark.parametrize("key", ["x" * 255, "ö 🌊", "a\tb", "'; DROP TABLE"])
def test_any_text_may_be_a_key(api: Guerdon, key: str) -> None:
    assert send(api, key.encode().decode("latin-1")).status_code == 201


def test_after_a_day_the_key_is_free(api: Guerdon) -> None:
    send(api)
    with freeze(now() + timedelta(hours=24, minutes=1)):
        again = send(api)
    assert (again.status_code, count(OutboxMessage), count(IdempotencyKey)) == (201, 2, 1)
    assert "Idempotent-Replayed" not in again.headers


def test_stored_replies_cannot_be_read_in_the_table(api: Guerdon) -> None:
    body = send(api).get_data()
    with unit_of_work(SYSTEM_WORKSPACE):
        raw = session.connection().exec_driver_sql("SELECT reply FROM idempotency_key").scalar_one()
    assert body[:20] not in raw


def test_fifty_at_once_have_one_effect(api: Guerdon) -> None:
    barrier = threading.Barrier(50)
    answers: list[TestResponse] = []

    def try_once() -> None:
        barrier.wait()
        answers.append(send(api))

    threads = [threading.Thread(target=try_once) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outcomes = Counter(
        "done" if answer.status_code == 201 else code(answer) if answer.is_json else str(answer.status_code)
        for answer in answers
    )
    assert set(outcomes) <= {"done", "idempotency_key_in_use"}
    assert outcomes["done"] >= 1
    assert len({answer.get_data() for answer in answers if answer.status_code == 201}) == 1
    assert (count(OutboxMessage), count(IdempotencyKey)) == (1, 1)
