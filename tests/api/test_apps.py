"""GET and POST /v1/apps, GET /v1/apps/{id}."""

from uuid import UUID

import pytest

from app.core.db import session
from app.core.ids import new_id
from app.core.platform_settings import change_platform_settings
from app.core.tables import AuditEntry
from app.core.tenancy import unit_of_work
from app.workspaces.models import App
from tests.api.conftest import Caller, MakeCaller
from tests.factories.workspaces import a_workspace, an_app

NEW = {"name": "Lagoon", "platform": "iOS", "identifier": "com.example.lagoon"}


def test_an_app_is_registered(caller: Caller, workspace_id: UUID) -> None:
    answer = caller.post("/v1/apps", NEW | {"domain": "Lagoon.Example", "is_test": True})
    assert answer.status_code == 201
    made = answer.json
    assert {**made, "id": "", "created_at": ""} == {
        **NEW,
        "id": "",
        "domain": "lagoon.example",
        "status": "active",
        "is_test": True,
        "created_at": "",
    }
    assert caller.get(f"/v1/apps/{made['id']}").json == made
    assert caller.get("/v1/apps").json == {"data": [made], "has_more": False}
    with unit_of_work(workspace_id):
        entry = session.query(AuditEntry).filter_by(action="app.registered").one()
        assert (entry.actor_kind, entry.actor_id) == ("key", caller.key_id)


def test_platforms_are_spelled_in_any_case(caller: Caller) -> None:
    answer = caller.post("/v1/apps", {"name": "Lagoon", "platform": "web", "identifier": "Lagoon.example"})
    assert (answer.json["platform"], answer.json["domain"]) == ("Web", "lagoon.example")


def test_where_new_apps_are_reviewed_they_wait(caller: Caller) -> None:
    with unit_of_work():
        change_platform_settings(review_new_apps=True)
    assert caller.post("/v1/apps", NEW).json["status"] == "pending_review"


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({}, 422, "not_valid", "name"),
        (NEW | {"name": ""}, 422, "not_valid", "name"),
        (NEW | {"name": "\u0007 "}, 422, "name_length", "name"),
        (NEW | {"name": "x" * 256}, 422, "not_valid", "name"),
        (NEW | {"name": 1}, 422, "not_valid", "name"),
        (NEW | {"platform": "Amiga"}, 422, "not_valid", "platform"),
        (NEW | {"identifier": "tide pool"}, 422, "identifier_not_valid", "identifier"),
        (NEW | {"domain": "https://lagoon.example"}, 422, "domain_not_valid", "domain"),
        (NEW | {"is_test": "yes"}, 422, "not_valid", "is_test"),
        (NEW | {"colour": "blue"}, 422, "not_valid", "colour"),
        ([NEW], 422, "not_valid", None),
    ],
)
def test_what_is_wrong_is_said_with_its_field(
    caller: Caller, body: object, status: int, code: str, field: str | None
) -> None:
    answer = caller.post("/v1/apps", body)
    error = answer.json["error"]
    assert (answer.status_code, error["code"], error.get("field")) == (status, code, field)
    assert caller.get("/v1/apps").json["data"] == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "not_json"),
        (b"{", 400, "not_json"),
        (b"\xff\xfe", 400, "not_json"),
        (b'{"name": "\\ud800", "platform": "iOS", "identifier": "a.b"}', 400, "not_json"),
        (b'{"name": "\xed\xa0\x80", "platform": "iOS", "identifier": "a.b"}', 400, "not_json"),
        (b'{"name": "a\\u0000b", "platform": "iOS", "identifier": "a.b"}', 201, None),
        (b'{"name": "a", "name": "b", "platform": "iOS", "identifier": "a.b"}', 201, None),
        (b'{"name": ' + b"9" * 5000 + b"}", 422, "not_valid"),
        (b'{"is_test": ' + b"[" * 100_000, 422, "not_valid"),
        (b'{"name": "' + b"x" * 1_000_001 + b'"}', 413, "too_large"),
    ],
)
def test_odd_bodies_are_refused_or_tidied(caller: Caller, body: bytes, status: int, code: str | None) -> None:
    answer = caller.post("/v1/apps", data=body)
    assert answer.status_code == status
    assert answer.json.get("error", {}).get("code") == code
    if status == 201:
        assert answer.json["name"] in {"ab", "b"}


def test_an_identifier_is_registered_once(caller: Caller) -> None:
    caller.post("/v1/apps", NEW)
    answer = caller.post("/v1/apps", NEW)
    error = answer.json["error"]
    assert (answer.status_code, error["code"], error["field"]) == (409, "identifier_taken", "identifier")


def test_another_workspace_s_apps_do_not_exist(caller: Caller, a_caller: MakeCaller) -> None:
    stranger = a_workspace()
    strange = an_app(stranger)
    assert caller.get("/v1/apps").json["data"] == []
    for missing in (strange, new_id(), "nonsense", "%00"):
        answer = caller.get(f"/v1/apps/{missing}")
        assert (answer.status_code, answer.json["error"]["code"]) == (404, "not_found")
    # The identifier of a stranger's app can be had: who is right is for staff to say.
    with unit_of_work(stranger):
        identifier = session.get_one(App, (stranger, strange)).identifier
    assert caller.post("/v1/apps", {"name": "Mine", "platform": "Web", "identifier": identifier}).status_code == 201


def test_only_get_and_post(caller: Caller, app_id: UUID) -> None:
    answer = caller.client.delete("/v1/apps", headers={"Authorization": f"Bearer {caller.key}"})
    assert (answer.status_code, answer.json["error"]["code"]) == (405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
    assert caller.post(f"/v1/apps/{app_id}").status_code == 405


def test_a_list_is_walked_both_ways(caller: Caller, workspace_id: UUID) -> None:
    ids = [str(an_app(workspace_id, f"App {number}")) for number in range(7)][::-1]

    def part(**query: object) -> tuple[list[str], bool]:
        answer = caller.get("/v1/apps", query_string=query).json
        return [app["id"] for app in answer["data"]], answer["has_more"]

    assert part() == (ids, False)
    assert part(limit=3) == (ids[:3], True)
    assert part(limit=3, starting_after=ids[2]) == (ids[3:6], True)
    assert part(limit=3, starting_after=ids[5]) == (ids[6:], False)
    assert part(limit=3, ending_before=ids[5]) == (ids[2:5], True)
    assert part(limit=3, ending_before=ids[2]) == (ids[:2], False)
    assert part(starting_after=ids[6]) == ([], False)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("limit=", "limit"),
        ("limit=" + "9" * 5000, "limit"),
        ("starting_after=x", "starting_after"),
        ("starting_afer=x", "starting_afer"),
        (f"starting_after={new_id()}&ending_before={new_id()}", "ending_before"),
        ("%ff=%ff", "%FF"),
    ],
)
def test_a_wrong_parameter_is_named(caller: Caller, query: str, field: str) -> None:
    answer = caller.get(f"/v1/apps?{query}")
    error = answer.json["error"]
    assert (answer.status_code, error["code"], error["field"]) == (422, "not_valid", field)


def test_a_repeated_request_registers_once(caller: Caller) -> None:
    headers = {"Idempotency-Key": "register lagoon"}
    first = caller.post("/v1/apps", NEW, headers=headers)
    again = caller.post("/v1/apps", NEW, headers=headers)
    assert (again.status_code, again.json) == (first.status_code, first.json)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.mimetype == "application/json"
    other = caller.post("/v1/apps", NEW | {"name": "Reef"}, headers=headers)
    assert (other.status_code, other.json["error"]["code"]) == (409, "idempotency_key_reused")
    long = caller.post("/v1/apps", NEW, headers={"Idempotency-Key": "x" * 256})
    assert (long.status_code, long.json["error"]["code"]) == (422, "idempotency_key_invalid")
    assert len(caller.get("/v1/apps").json["data"]) == 1


def test_a_refusal_is_not_remembered(caller: Caller) -> None:
    headers = {"Idempotency-Key": "register lagoon"}
    wrong = NEW | {"identifier": "tide pool"}
    assert caller.post("/v1/apps", wrong, headers=headers).status_code == 422
    assert caller.post("/v1/apps", NEW, headers=headers).status_code == 201


def test_each_answer_carries_its_number(caller: Caller) -> None:
    assert caller.get("/v1/apps", headers={"X-Request-Id": "mine-12345"}).headers["X-Request-Id"] == "mine-12345"
    assert len(caller.get("/v1/nothing").headers["X-Request-Id"]) == 36
