"""/v1: whatever a screen can do about webhooks, by program."""

from typing import Any
from uuid import UUID

import pytest
from standardwebhooks import Webhook
from werkzeug.test import TestResponse

from app.core.ids import new_id
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from app.webhooks.operations.announcing import announce
from app.webhooks.types import TYPES
from app.workspaces.operations.keys import make_secret_key
from app.workspaces.scopes import SCOPES
from tests.factories.workspaces import Team, a_team
from tests.support.hook_server import Hooks, reply
from tests.support.jobs import run_jobs

ENDPOINTS = "/v1/webhook-endpoints"


class Caller:
    """Calls with a key of the workspace."""

    def __init__(self, app: Guerdon, workspace_id: UUID, *scopes: str) -> None:
        with unit_of_work(workspace_id):
            self.key = make_secret_key("Server", None, scopes or SCOPES).text
        self.client = app.test_client()

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        sent = {"Authorization": f"Bearer {self.key}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        return self.client.open(path, method=method, headers=sent, **({"json": body} if body is not None else {}))


@pytest.fixture
def call(calling: Guerdon, team: Team) -> Caller:
    return Caller(calling, team.workspace_id)


def code_of(response: TestResponse) -> tuple[int, str]:
    return response.status_code, response.get_json()["error"]["code"]


def made(call: Caller, url: str, *types: str) -> dict[str, Any]:
    response = call("POST", ENDPOINTS, {"url": url, "types": list(types or TYPES)})
    assert response.status_code == 201, response.get_json()
    return dict(response.get_json())


def tell(team: Team) -> None:
    with unit_of_work(team.workspace_id):
        announce("points.spent", [{"user_id": "u1"}])


def test_an_endpoint_is_made_read_and_listed(call: Caller, hooks: Hooks) -> None:
    endpoint = made(call, hooks.url(), "points.spent")
    secret = endpoint.pop("secret")
    assert secret.startswith("whsec_")
    assert (endpoint["status"], endpoint["types"], endpoint["description"]) == ("active", ["points.spent"], None)
    assert call("GET", f"{ENDPOINTS}/{endpoint['id']}").get_json() == endpoint
    assert call("GET", ENDPOINTS).get_json() == {"data": [endpoint], "has_more": False}


def test_the_same_request_again_makes_one(call: Caller, hooks: Hooks) -> None:
    body = {"url": hooks.url(), "types": ["points.spent"]}
    first, second = (call("POST", ENDPOINTS, body, Idempotency_Key="one") for _ in range(2))
    assert first.get_json() == second.get_json()
    assert len(call("GET", ENDPOINTS).get_json()["data"]) == 1


def test_a_change_leaves_the_rest(call: Caller, hooks: Hooks) -> None:
    endpoint = made(call, hooks.url())
    path = f"{ENDPOINTS}/{endpoint['id']}"
    changed = call("PATCH", path, {"description": "Game server"}).get_json()
    assert (changed["description"], changed["url"], changed["types"]) == ("Game server", hooks.url(), list(TYPES))
    changed = call("PATCH", path, {"types": ["points.credited"], "description": None, "enabled": False}).get_json()
    assert (changed["description"], changed["types"]) == (None, ["points.credited"])
    assert (changed["status"], changed["disabled_because"]) == ("disabled", "by_hand")
    assert call("PATCH", path, {"enabled": True}).get_json()["status"] == "active"
    assert call("PATCH", path, {}).status_code == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"url": "http://10.0.0.1/"}, "url_not_public"),
        ({"url": "https://169.254.169.254/latest"}, "url_not_public"),
        ({"url": "https://127.1/"}, "url_not_valid"),
        ({"url": "https://x.example:22/"}, "url_port"),
        ({"url": "https://i:p@x.example/"}, "url_has_password"),
        ({"types": ["points.lost"]}, "type_unknown"),
        ({"types": []}, "not_valid"),
        ({"types": "points.spent"}, "not_valid"),
        ({"secret": "whsec_mine"}, "not_valid"),
        ({"url": 5}, "not_valid"),
        ({"description": "x" * 101}, "not_valid"),
        ({"description": "\x00\ud800"}, None),
    ],
)
def test_what_is_wrong_is_named(call: Caller, body: dict[str, Any], code: str | None) -> None:
    response = call("POST", ENDPOINTS, {"url": "https://hooks.example/", "types": ["points.spent"], **body})
    if code is None:
        assert response.status_code in {201, 400, 422}
    else:
        assert code_of(response) == (422, code)


def test_rotating_answers_the_new_secret_once(calling: Guerdon, call: Caller, team: Team, hooks: Hooks) -> None:
    endpoint = made(call, hooks.url())
    path = f"{ENDPOINTS}/{endpoint['id']}"
    rotated = call("POST", f"{path}/secret-rotations", {}).get_json()
    assert rotated["secret"] != endpoint["secret"]
    assert rotated["old_secret_until"]
    assert code_of(call("POST", f"{path}/secret-rotations", {"overlap_hours": 1})) == (409, "rotation_under_way")
    assert code_of(call("POST", f"{path}/secret-rotations", {"overlap_hours": 169})) == (422, "not_valid")
    tell(team)
    run_jobs(calling, "webhooks")
    for secret in (endpoint["secret"], rotated["secret"]):
        Webhook(secret).verify(hooks.told[0].body, hooks.told[0].by_name)
    at_once = call("POST", f"{path}/secret-rotations", {"overlap_hours": 0}).get_json()
    assert at_once["old_secret_until"] is None
    assert "secret" not in call("GET", path).get_json()


def test_attempts_tell_what_was_sent_and_answered(calling: Guerdon, call: Caller, team: Team, hooks: Hooks) -> None:
    path = f"{ENDPOINTS}/{made(call, hooks.url())['id']}"
    tell(team)
    run_jobs(calling, "webhooks")
    hooks.answer = reply(500, b"no")
    tell(team)
    run_jobs(calling, "webhooks")
    listed = call("GET", f"{path}/attempts").get_json()["data"]
    assert [one["succeeded"] for one in listed] == [False, True]
    assert call("GET", f"{path}/attempts?failed=true").get_json()["data"] == listed[:1]
    assert (listed[0]["response"]["status"], listed[0]["response"]["body"]) == (500, "no")
    assert listed[0]["error"] == "It answered 500."
    assert listed[1]["request"]["body"] == hooks.told[0].body.decode()
    assert listed[1]["request"]["headers"]["webhook-id"] == listed[1]["message_id"]
    hooks.answer = reply(200)
    sent = call("POST", f"{path}/attempts/{listed[1]['id']}/resends")
    assert (sent.status_code, sent.get_json()["message_id"]) == (202, listed[1]["message_id"])
    run_jobs(calling, "webhooks")
    assert [told.by_name["webhook-id"] for told in hooks.told].count(listed[1]["message_id"]) == 2
    assert call("POST", f"{path}/attempts/{new_id()}/resends").status_code == 404


def test_a_test_is_sent(calling: Guerdon, call: Caller, hooks: Hooks) -> None:
    path = f"{ENDPOINTS}/{made(call, hooks.url())['id']}"
    sent = call("POST", f"{path}/tests")
    assert (sent.status_code, sent.get_json()["type"]) == (202, "webhook.test")
    run_jobs(calling, "webhooks")
    (attempt,) = call("GET", f"{path}/attempts").get_json()["data"]
    assert (attempt["message_id"], attempt["type"]) == (sent.get_json()["message_id"], "webhook.test")
    call("PATCH", path, {"enabled": False})
    assert code_of(call("POST", f"{path}/tests")) == (409, "endpoint_disabled")


def test_deleted_is_gone(call: Caller, hooks: Hooks) -> None:
    endpoint = made(call, hooks.url())
    path = f"{ENDPOINTS}/{endpoint['id']}"
    assert call("DELETE", path).get_json() == {"id": endpoint["id"], "deleted": True}
    assert call("GET", path).status_code == 404
    assert call("DELETE", path).status_code == 404


def test_scopes_and_workspaces(calling: Guerdon, call: Caller, team: Team, hooks: Hooks) -> None:
    endpoint = made(call, hooks.url())
    path = f"{ENDPOINTS}/{endpoint['id']}"
    reader, stranger = Caller(calling, team.workspace_id, "read"), Caller(calling, a_team().workspace_id)
    assert reader("GET", path).status_code == 200
    for method, where in (("DELETE", path), ("POST", f"{path}/tests"), ("PATCH", path)):
        assert code_of(reader(method, where, {} if method == "PATCH" else None)) == (403, "scope_missing")
        assert stranger(method, where, {} if method == "PATCH" else None).status_code == 404
    assert stranger("GET", f"{path}/attempts").status_code == 404
    assert stranger("GET", ENDPOINTS).get_json()["data"] == []


def test_the_document_tells_of_every_type(calling: Guerdon) -> None:
    told = calling.test_client().get("/v1/openapi.json").get_json()["webhooks"]
    assert told.keys() == TYPES.keys()
    example = told["points.spent"]["post"]["requestBody"]["content"]["application/json"]["example"]
    assert example["data"] == TYPES["points.spent"].example
