"""The short way in answers as Flask would, leaves the same traces, and hands on whatever wants words."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from flask import request
from sqlalchemy.exc import OperationalError

from app.core import logs
from app.events.views import express
from app.factory import Guerdon, create_app
from tests.api.conftest import Caller, MakeCaller
from tests.core.test_logs import lines, request_line
from tests.core.test_telemetry import metrics
from tests.events.test_intake import code, events, rejections

__all__ = ["lines"]

EVENT = {"event": "x", "userId": "u"}


@pytest.fixture
def server(a_caller: MakeCaller, workspace_id: UUID, app_id: UUID) -> Caller:
    return a_caller(workspace_id, app_id)


@pytest.fixture
def by_flask(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses for which Flask was asked."""
    asked: list[str] = []
    original = Guerdon.full_dispatch_request

    def note(app: Guerdon) -> Any:
        asked.append(request.path)
        return original(app)

    monkeypatch.setattr(Guerdon, "full_dispatch_request", note)
    return asked


def test_good_ones_do_not_trouble_flask(server: Caller, workspace_id: UUID, by_flask: list[str]) -> None:
    assert server.post("/v1/track", EVENT).json == {"success": True}
    assert server.post("/v1/b", {"batch": [{**EVENT, "type": "track"}] * 3}).json == {"success": True}
    assert by_flask == []
    assert len(events(workspace_id)) == 4


def test_odd_ones_go_on_and_come_once(server: Caller, workspace_id: UUID, by_flask: list[str]) -> None:
    assert server.post("/v1/track?x=1", EVENT).status_code == 200
    assert server.post("/v1/track", {}).status_code == 422
    assert server.post("/v1/batch", {"batch": [{**EVENT, "type": "track"}, 7]}).status_code == 200
    assert by_flask == ["/v1/track", "/v1/track", "/v1/batch"]
    assert len(events(workspace_id)) == len(rejections(workspace_id)) == 2


def test_both_ways_answer_alike(app: Guerdon, server: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    secure = create_app(replace(app.settings, base_url="https://guerdon.example"))
    for serving in (app, secure):
        answers = [
            serving.test_client().post(
                path, json=EVENT, headers={"Authorization": f"Bearer {server.key}", "X-Request-Id": "gateway-0001"}
            )
            for path in ("/v1/track", "/v1/track?x=1")
        ]
        short, long = (sorted(answer.headers.items()) for answer in answers)
        assert short == [header for header in long if header[0] != "Vary"]
        assert answers[0].data == answers[1].data


def test_it_leaves_a_line_and_counts(app: Guerdon, server: Caller, workspace_id: UUID, lines: Any) -> None:
    name = 'guerdon_requests_total{endpoint="intake.track",status="200"}'
    before = metrics(app).get(name, 0)
    lines()
    answer = server.post("/v1/track", EVENT)
    line = request_line(lines)
    assert (line["method"], line["endpoint"], line["status"]) == ("POST", "intake.track", 200)
    assert (line["workspace"], line["actor"], line["actor_id"]) == (str(workspace_id), "key", str(server.key_id))
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert line["ms"] > 0
    logs.configure(app.settings)
    assert metrics(app)[name] == before + 1


def test_a_refused_key_is_told_by_flask_and_asked_for_once(
    server: Caller, by_flask: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, take = [], express.take
    monkeypatch.setattr(express, "take", lambda delivery: taken.append(delivery) or take(delivery))
    wrong = replace(server, key=server.key[:-1] + ("a" if server.key[-1] != "a" else "b"))
    answer = wrong.post("/v1/track", EVENT)
    assert code(answer) == (401, "key_unknown")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert len(taken) == len(by_flask) == 1


@pytest.mark.parametrize(
    ("error", "expected"),
    [(OperationalError("", {}, Exception()), (503, "unavailable")), (ValueError("x"), (500, "server_error"))],
)
def test_what_fails_is_told_in_the_words_of_all(
    server: Caller, workspace_id: UUID, monkeypatch: pytest.MonkeyPatch, error: Exception, expected: tuple[int, str]
) -> None:
    def fail(_delivery: object) -> None:
        raise error

    monkeypatch.setattr(express, "take", fail)
    assert code(server.post("/v1/track", EVENT)) == expected
    assert events(workspace_id) == []


def test_addresses_behind_a_proxy_are_the_browsers(
    app: Guerdon, a_caller: MakeCaller, workspace_id: UUID, app_id: UUID
) -> None:
    key = a_caller(workspace_id, app_id, kind="publishable").key
    behind = create_app(replace(app.settings, trusted_proxies=1))
    for query in ("", "?x=1"):
        for address in ("203.0.113.1", "203.0.113.2"):
            headers = {"Authorization": f"Bearer {key}", "X-Forwarded-For": address}
            assert behind.test_client().post(f"/v1/track{query}", json=EVENT, headers=headers).status_code == 200
    hashes = [event.ip_hash for event in events(workspace_id)]
    assert hashes[0] == hashes[2] != hashes[1] == hashes[3]


def test_a_body_that_ends_early_is_handed_on(server: Caller, by_flask: list[str]) -> None:
    answer = server.client.post(
        "/v1/track", data=b'{"event":', headers={"Authorization": f"Bearer {server.key}", "Content-Length": "50"}
    )
    assert answer.status_code == 400
    assert by_flask == ["/v1/track"]
