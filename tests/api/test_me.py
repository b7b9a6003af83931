"""GET /v1/me: who is calling."""

from uuid import UUID

from tests.api.conftest import Caller, MakeCaller


def test_a_secret_key_is_told_who_it_is(caller: Caller, workspace_id: UUID) -> None:
    answer = caller.get("/v1/me")
    assert answer.status_code == 200
    assert answer.json["key"] | {"created_at": ""} == {
        "id": str(caller.key_id),
        "name": "Game server",
        "prefix": caller.key.rsplit("_", 1)[1][:8],
        "scopes": ["events", "read", "manage"],
        "created_at": "",
        "expires_at": None,
    }
    assert answer.json["key"]["created_at"].endswith("Z")
    assert answer.json["workspace"] == {"id": str(workspace_id), "slug": "tidepool", "name": "Tidepool Games"}
    assert answer.json["app"] is None


def test_a_key_of_an_app_speaks_for_it(a_caller: MakeCaller, workspace_id: UUID, app_id: UUID) -> None:
    spoken_for = a_caller(workspace_id, app_id).get("/v1/me").json["app"]
    assert spoken_for == {
        "id": str(app_id),
        "name": "Tidepool",
        "platform": "Web",
        "status": "active",
        "is_test": False,
    }
