"""Events come in at Segment's addresses, and are there when the answer says so."""

import base64
import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.core.clock import freeze, now
from app.core.db import session
from app.core.tenancy import unit_of_work
from app.events.models import Event, EventRejection
from app.workspaces.queries.keys import key_by_id
from tests.api.conftest import Caller, MakeCaller
from tests.factories.workspaces import an_app

KINDS = {
    "track": {"event": "Level Up"},
    "identify": {"traits": {"plan": "pro"}},
    "page": {"name": "Shop", "properties": {"path": "/shop"}},
    "screen": {"name": "Shop"},
    "group": {"groupId": "g1", "traits": {"name": "Guild"}},
    "alias": {"previousId": "a1"},
}
CARRIED = {
    "track": {},
    "identify": {"plan": "pro"},
    "page": {"name": "Shop", "path": "/shop"},
    "screen": {"name": "Shop"},
    "group": {"groupId": "g1", "name": "Guild"},
    "alias": {"previousId": "a1"},
}
SHORT = {"t": "track", "i": "identify", "p": "page", "s": "screen", "g": "group", "a": "alias"}


def code(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["code"]


def events(workspace_id: UUID) -> list[Any]:
    return rows(workspace_id, Event)


def rejections(workspace_id: UUID) -> list[Any]:
    return rows(workspace_id, EventRejection)


def rows(workspace_id: UUID, model: type[Event | EventRejection]) -> list[Any]:
    with unit_of_work(workspace_id):
        return list(session.execute(select(model.__table__).order_by(model.id)))


@pytest.fixture
def server(a_caller: MakeCaller, workspace_id: UUID, app_id: UUID) -> Caller:
    return a_caller(workspace_id, app_id)


@pytest.fixture
def browser(a_caller: MakeCaller, workspace_id: UUID, app_id: UUID) -> Caller:
    return a_caller(workspace_id, app_id, kind="publishable")


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_stored(server: Caller, workspace_id: UUID, app_id: UUID, kind: str) -> None:
    answer = server.post(f"/v1/{kind}", {"userId": "u1", "messageId": "m1", **KINDS[kind]})
    assert (answer.status_code, answer.json) == (200, {"success": True})
    (event,) = events(workspace_id)
    assert (event.app_id, event.trust, event.kind) == (app_id, "server", kind)
    assert (event.user_id, event.message_id) == ("u1", "m1")
    assert event.name == ("Level Up" if kind == "track" else kind)
    assert event.properties == CARRIED[kind]


@pytest.mark.parametrize("short", SHORT)
def test_the_browsers_addresses_do_the_same(browser: Caller, workspace_id: UUID, short: str) -> None:
    body = {"userId": "u1", "anonymousId": "a1", **KINDS[SHORT[short]]}
    assert browser.post(f"/v1/{short}", body).json == {"success": True}
    (event,) = events(workspace_id)
    assert (event.kind, event.trust) == (SHORT[short], "browser")


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/b", "/v1/import"])
def test_a_batch_holds_all_kinds(server: Caller, workspace_id: UUID, path: str) -> None:
    batch = [{"type": kind, "userId": "u1", **fields} for kind, fields in KINDS.items()]
    answer = server.post(path, {"batch": batch})
    assert (answer.status_code, answer.json) == (200, {"success": True})
    assert [event.kind for event in events(workspace_id)] == list(KINDS)


def test_a_batch_with_bad_events_stores_the_good_ones(server: Caller, workspace_id: UUID) -> None:
    good = {"type": "track", "event": "Level Up", "userId": "u1"}
    batch = [good, {**good, "userId": None}, 7, {**good, "event": ""}, {"userId": "u1"}, good]
    answer = server.post("/v1/batch", {"batch": batch})
    assert answer.status_code == 200
    assert answer.json["success"] is True
    told = [(each["index"], each["code"]) for each in answer.json["rejected"]]
    assert told == [(1, "identity_missing"), (2, "event_not_object"), (3, "name_missing"), (4, "type_unknown")]
    assert all(each["message"] for each in answer.json["rejected"])
    assert len(events(workspace_id)) == 2
    kept = rejections(workspace_id)
    assert [each.code for each in kept] == [code for _, code in told]
    assert (kept[0].name, kept[0].trust) == ("Level Up", "server")
    assert json.loads(kept[0].excerpt) == batch[1]


def test_a_single_bad_event_is_refused_and_remembered(server: Caller, workspace_id: UUID, app_id: UUID) -> None:
    answer = server.post("/v1/track", {"event": "Level Up"})
    assert code(answer) == (422, "identity_missing")
    (kept,) = rejections(workspace_id)
    assert (kept.code, kept.app_id, kept.name) == ("identity_missing", app_id, "Level Up")
    assert kept.message == answer.json["error"]["message"]
    assert events(workspace_id) == []


@pytest.mark.parametrize("body", ["", "{", "nope", "\xff", "[" * 5000, '{"a":}', '{"event": "x"'])
def test_what_is_no_json_is_refused_as_a_whole(server: Caller, workspace_id: UUID, body: str) -> None:
    for path in ("/v1/track", "/v1/batch"):
        assert code(server.post(path, data=body.encode("latin-1"))) == (400, "not_json")
    assert rejections(workspace_id) == []


@pytest.mark.parametrize("body", [[], {}, 1, None, "x", {"batch": {}}, {"batch": None}, [{"type": "track"}]])
def test_what_is_no_batch_is_refused_as_a_whole(server: Caller, body: Any) -> None:
    assert code(server.post("/v1/batch", data=json.dumps(body))) == (400, "not_a_batch")


def test_an_empty_batch_is_a_batch(server: Caller, workspace_id: UUID) -> None:
    assert server.post("/v1/batch", {"batch": []}).json == {"success": True}


def test_a_long_batch_is_sent_in_parts(server: Caller) -> None:
    assert code(server.post("/v1/batch", {"batch": [0] * 2501})) == (413, "batch_too_long")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x/y", None]
)
def test_the_content_type_does_not_matter(server: Caller, workspace_id: UUID, kind: str | None) -> None:
    answer = server.post("/v1/track", data=json.dumps({"event": "x", "userId": "u"}), content_type=kind)
    assert answer.json == {"success": True}
    assert len(events(workspace_id)) == 1


def test_gzip_is_unpacked(server: Caller, workspace_id: UUID) -> None:
    body = gzip.compress(json.dumps({"batch": [{"type": "track", "event": "x", "userId": "u"}] * 1000}).encode())
    assert server.post("/v1/batch", data=body, headers={"Content-Encoding": "gzip"}).json == {"success": True}
    assert len(events(workspace_id)) == 1000


@pytest.mark.parametrize(
    ("body", "encoding", "expected"),
    [
        (b"{}", "gzip", (400, "not_gzip")),
        (b"", "gzip", (400, "not_gzip")),
        (gzip.compress(b"{}")[:-5], "gzip", (400, "not_gzip")),
        (b"{}", "br", (415, "encoding_unknown")),
        (gzip.compress(b" " * 50_000_000), "gzip", (413, "too_large")),
        (b" " * 600_000, "", (413, "too_large")),
        (b" " * 3_000_000, "", (413, "too_large")),
        (b" " * 5_000_000, "", (413, "too_large")),
    ],
    ids=["no gzip", "nothing", "cut", "br", "bomb", "600 kB", "3 MB", "5 MB"],
)
def test_bodies_that_are_not_taken(server: Caller, body: bytes, encoding: str, expected: tuple[int, str]) -> None:
    assert code(server.post("/v1/track", data=body, headers={"Content-Encoding": encoding})) == expected


def test_a_message_id_counts_once(server: Caller, browser: Caller, workspace_id: UUID) -> None:
    body = {"event": "x", "userId": "u", "messageId": "m"}
    for caller in (server, browser, server):
        assert caller.post("/v1/track", body).json == {"success": True}
    server.post("/v1/batch", {"batch": [{**body, "type": "track"}, {**body, "type": "track", "messageId": "n"}] * 2})
    assert [event.message_id for event in events(workspace_id)] == ["m", "n"]


def test_without_a_message_id_each_counts(server: Caller, workspace_id: UUID) -> None:
    for _ in range(2):
        server.post("/v1/track", {"event": "x", "userId": "u"})
    assert len({event.message_id for event in events(workspace_id)}) == 2


@pytest.mark.parametrize("where", ["basic", "bearer", "body", "query"])
def test_the_key_may_come_in_four_places(browser: Caller, client: FlaskClient, workspace_id: UUID, where: str) -> None:
    body, options = {"event": "x", "userId": "u"}, {}
    if where == "basic":
        options["headers"] = {"Authorization": "Basic " + base64.b64encode(f"{browser.key}:".encode()).decode()}
    elif where == "bearer":
        options["headers"] = {"Authorization": f"Bearer {browser.key}"}
    elif where == "query":
        options["query_string"] = {"writeKey": browser.key}
    else:
        body["writeKey"] = browser.key
    assert client.post("/v1/track", json=body, **options).json == {"success": True}
    assert len(events(workspace_id)) == 1


def test_a_batch_brings_its_key_along(browser: Caller, client: FlaskClient, workspace_id: UUID) -> None:
    batch = [{"type": "page", "anonymousId": "a"}]
    assert client.post("/v1/batch", json={"batch": batch, "writeKey": browser.key}).json == {"success": True}
    assert len(events(workspace_id)) == 1


def test_without_a_key_nothing_is_said_of_the_body(client: FlaskClient, app_id: UUID) -> None:
    for body in ("{}", "", "nope", '{"batch": []}', '{"writeKey": 7}'):
        assert code(client.post("/v1/batch", data=body)) == (401, "key_missing")


def test_an_unknown_key_is_told_before_a_bad_body(server: Caller, client: FlaskClient, workspace_id: UUID) -> None:
    wrong = server.key[:-1] + ("a" if server.key[-1] != "a" else "b")
    for body in ('{"event": "x", "userId": "u"}', "nope"):
        answer = client.post("/v1/track", data=body, headers={"Authorization": f"Bearer {wrong}"})
        assert code(answer) == (401, "key_unknown")
    assert events(workspace_id) == []


def test_other_methods_are_not_answered(server: Caller) -> None:
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        answer = server.client.open("/v1/track", method=method)
        assert code(answer) == (405, "method_not_allowed")


def test_a_browser_s_address_is_kept_as_a_hash(browser: Caller, server: Caller, workspace_id: UUID) -> None:
    body = {"event": "x", "userId": "u"}
    named = {**body, "context": {"ip": "203.0.113.9", "locale": "en"}}
    quiet = {**body, "context": {"ip": "0.0.0.0"}}
    for caller in (browser, server):
        for sent in (body, named, quiet):
            caller.post("/v1/track", sent)
    own, of_browser, none, of_server, also_named, also_none = (event.ip_hash for event in events(workspace_id))
    assert len({own, of_browser, None}) == 3
    assert also_named == of_browser
    assert none is of_server is also_none is None
    assert [event.context for event in events(workspace_id)] == [{}, {"locale": "en"}, {}] * 2
    assert b"203.0.113.9" not in of_browser


def test_clocks_are_corrected(server: Caller, workspace_id: UUID) -> None:
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    wrong = {"timestamp": "2031-01-01T00:00:00Z", "sentAt": "2031-01-01T00:01:00Z", "event": "x", "userId": "u"}
    with freeze(at):
        assert server.post("/v1/track", wrong).status_code == 200
        batch = [{"type": "track", "event": "x", "userId": "u", "timestamp": "2031-01-01T00:00:00Z"}]
        assert server.post("/v1/batch", {"batch": batch, "sentAt": "2031-01-01T00:02:00Z"}).json == {"success": True}
    assert [event.occurred_at for event in events(workspace_id)] == [at - timedelta(minutes=n) for n in (1, 2)]


def test_the_use_of_the_key_is_noted(server: Caller, workspace_id: UUID) -> None:
    at = now()
    with freeze(at):
        server.post("/v1/track", {"event": "x", "userId": "u"})
    with unit_of_work(workspace_id):
        assert key_by_id(server.key_id).last_used_at == at


def test_a_key_of_the_workspace_names_the_app(caller: Caller, workspace_id: UUID, app_id: UUID) -> None:
    body = {"event": "x", "userId": "u", "messageId": "m"}
    assert code(caller.post("/v1/track", body)) == (422, "app_needed")
    other = an_app(workspace_id, "Lagoon")
    for app in (app_id, other, other):
        assert caller.post("/v1/track", body, headers={"Guerdon-App": str(app)}).json == {"success": True}
    assert [event.app_id for event in events(workspace_id)] == [app_id, other]
    assert code(caller.post("/v1/track", body, headers={"Guerdon-App": "x"})) == (422, "app_unknown")
