"""GET /v1/people, and GET, DELETE and export of /v1/people/{user_id}."""

from urllib.parse import quote
from uuid import UUID

import pytest

from app.core.db import session
from app.core.tables import AuditEntry
from app.core.tenancy import unit_of_work
from app.people.models import Person
from tests.api.conftest import Caller, MakeCaller
from tests.factories.people import a_person
from tests.factories.workspaces import a_workspace, an_app

ODD = (
    *("a/b", "a//b", "/a", "a/", "100%", "100%25", "a%2Fb", "u1?x=y#z", "a b", "a+b", "🦀", "مريم", "x" * 255),
    *(
        "export",
        "export/a",
        "x/points/spends",
        "u1/erased",
        "~",
        "%",
        "a;b",
        "a\\b",
        "{user_id}",
        "<b>",
        "é",
        "e\u0301",
    ),
)


@pytest.fixture
def speaker(a_caller: MakeCaller, workspace_id: UUID, app_id: UUID) -> Caller:
    """Calls with a key of the app."""
    return a_caller(workspace_id, app_id)


def path_of(user_id: str) -> str:
    return f"/v1/people/{quote(user_id, safe='')}"


def delete(caller: Caller, path: str) -> tuple[int, dict]:
    answer = caller.client.delete(path, headers={"Authorization": f"Bearer {caller.key}"})
    return answer.status_code, answer.json


def test_a_person_is_read(speaker: Caller, workspace_id: UUID, app_id: UUID) -> None:
    traits = {"name": "Ines", "n": 1, "deep": {"a": [None]}}
    ines = a_person(workspace_id, app_id, "u1", anonymous_ids=("b", "a"), traits=traits, country="PT", platform="ios")
    a_person(workspace_id, app_id, "u0", merged_into=ines, anonymous_ids=("c",))
    told = speaker.get("/v1/people/u1").json
    assert {**told, "first_seen_at": "", "last_seen_at": ""} == {
        "id": str(ines),
        "app_id": str(app_id),
        "user_id": "u1",
        "user_ids": ["u0", "u1"],
        "anonymous_ids": ["a", "b", "c"],
        "traits": traits,
        "country": "PT",
        "platform": "ios",
        "first_seen_at": "",
        "last_seen_at": "",
    }
    assert told["first_seen_at"].endswith("Z")
    assert speaker.get("/v1/people/u0").json == told
    assert speaker.get("/v1/people").json == {"data": [told], "has_more": False}


@pytest.mark.parametrize("user_id", ODD)
def test_a_user_id_may_be_anything(speaker: Caller, workspace_id: UUID, app_id: UUID, user_id: str) -> None:
    for other in ("a", "b", "u1", "x", "100"):
        a_person(workspace_id, app_id, other)
    meant = str(a_person(workspace_id, app_id, user_id))
    assert speaker.get(path_of(user_id)).json["id"] == meant
    assert speaker.get(f"{path_of(user_id)}/export").json["person"]["id"] == meant
    assert [one["id"] for one in speaker.get("/v1/people", query_string={"user_id": user_id}).json["data"]] == [meant]
    status, erased = delete(speaker, path_of(user_id))
    assert (status, erased["id"]) == (200, meant)


def test_an_id_that_ends_like_an_address_of_ours_is_found_in_the_list(
    speaker: Caller, workspace_id: UUID, app_id: UUID
) -> None:
    """Its own address is taken for the export of somebody else, and it is never told as somebody else."""
    meant = str(a_person(workspace_id, app_id, "team/export"))
    assert speaker.get(path_of("team/export")).json["error"]["code"] == "person_unknown"
    found = speaker.get("/v1/people", query_string={"user_id": "team/export"}).json["data"]
    assert [one["id"] for one in found] == [meant]


def test_people_are_listed_whoever_was_met_last_first(speaker: Caller, workspace_id: UUID, app_id: UUID) -> None:
    ids = [str(a_person(workspace_id, app_id, f"u{n}" if n % 2 else None, anonymous_ids=(f"a{n}",))) for n in range(5)]
    a_person(workspace_id, an_app(workspace_id, "Reef"), "elsewhere")
    a_person(workspace_id, app_id, "former", merged_into=UUID(ids[1]))
    part = speaker.get("/v1/people?limit=3").json
    assert ([one["id"] for one in part["data"]], part["has_more"]) == (ids[::-1][:3], True)
    rest = speaker.get(f"/v1/people?limit=3&starting_after={ids[2]}").json
    assert ([one["id"] for one in rest["data"]], rest["has_more"]) == (ids[::-1][3:], False)
    assert rest["data"][0]["user_ids"] == ["former", "u1"]
    assert [one["id"] for one in speaker.get("/v1/people?anonymous_id=a2").json["data"]] == [ids[2]]
    assert [one["id"] for one in speaker.get("/v1/people?user_id=former").json["data"]] == [ids[1]]
    assert speaker.get("/v1/people?user_id=nobody").json == {"data": [], "has_more": False}


@pytest.mark.parametrize("query", ["user_id=", "anonymous_id=", f"user_id={'x' * 256}", "limit=0", "name=x"])
def test_a_wrong_parameter_is_named(speaker: Caller, query: str) -> None:
    answer = speaker.get(f"/v1/people?{query}")
    error = answer.json["error"]
    assert (answer.status_code, error["code"], error["field"]) == (422, "not_valid", query.partition("=")[0])


@pytest.mark.parametrize("user_id", ["nobody", "x" * 256, "x" * 5000, "..", "\ufffd", "U1"])
def test_nobody_is_said_to_be_nobody(speaker: Caller, workspace_id: UUID, app_id: UUID, user_id: str) -> None:
    a_person(workspace_id, app_id, "u1")
    for path in (path_of(user_id), f"{path_of(user_id)}/export"):
        answer = speaker.get(path)
        assert (answer.status_code, answer.json["error"]["code"]) == (404, "person_unknown")
    status, told = delete(speaker, path_of(user_id))
    assert (status, told["error"]["code"]) == (404, "person_unknown")


@pytest.mark.parametrize("path", ["/v1/people/%00", "/v1/people/%ff", "/v1/people/", "/v1/people/a%0Ab"])
def test_what_cannot_be_an_id_is_not_found(speaker: Caller, path: str) -> None:
    assert speaker.get(path).status_code == 404


def test_a_key_of_the_workspace_names_the_app(caller: Caller, workspace_id: UUID, app_id: UUID) -> None:
    a_person(workspace_id, app_id, "u1")
    other = an_app(workspace_id, "Reef")
    for path in ("/v1/people", "/v1/people/u1", "/v1/people/u1/export"):
        answer = caller.get(path)
        error = answer.json["error"]
        assert (answer.status_code, error["code"], error["field"]) == (422, "app_needed", "Guerdon-App")
        assert "Guerdon-App" in error["message"]
        assert caller.get(path, headers={"Guerdon-App": str(app_id)}).status_code == 200
    assert caller.get("/v1/people/u1", headers={"Guerdon-App": str(other)}).status_code == 404


def test_a_person_of_another_app_or_workspace_does_not_exist(speaker: Caller, workspace_id: UUID) -> None:
    stranger = a_workspace()
    a_person(stranger, an_app(stranger), "u1")
    a_person(workspace_id, an_app(workspace_id, "Reef"), "u1")
    assert speaker.get("/v1/people/u1").status_code == 404
    assert delete(speaker, "/v1/people/u1")[0] == 404
    assert speaker.get("/v1/people").json["data"] == []


@pytest.mark.parametrize(
    ("scopes", "method", "path"),
    [
        (["events", "manage"], "GET", "/v1/people"),
        (["events", "manage"], "GET", "/v1/people/u1"),
        (["events", "manage"], "GET", "/v1/people/u1/export"),
        (["events", "read"], "DELETE", "/v1/people/u1"),
    ],
)
def test_a_key_without_the_scope_is_refused(
    a_caller: MakeCaller, workspace_id: UUID, app_id: UUID, scopes: list[str], method: str, path: str
) -> None:
    a_person(workspace_id, app_id, "u1")
    caller = a_caller(workspace_id, app_id, scopes=scopes)
    answer = caller.client.open(path, method=method, headers={"Authorization": f"Bearer {caller.key}"})
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "scope_missing")


def test_a_publishable_key_reads_nobody(a_caller: MakeCaller, workspace_id: UUID, app_id: UUID) -> None:
    caller = a_caller(workspace_id, app_id, kind="publishable")
    assert caller.get("/v1/people").json["error"]["code"] == "secret_key_needed"


def test_only_known_methods(speaker: Caller) -> None:
    assert speaker.post("/v1/people", {}).status_code == 405
    assert speaker.post("/v1/people/u1", {}).status_code == 405


def test_whoever_is_erased_is_gone(speaker: Caller, workspace_id: UUID, app_id: UUID) -> None:
    ines = a_person(workspace_id, app_id, "u1", traits={"name": "Ines"})
    status, told = delete(speaker, "/v1/people/u1")
    assert (status, told["id"]) == (200, str(ines))
    assert told["erased_at"].endswith("Z")
    assert delete(speaker, "/v1/people/u1")[0] == 404
    assert speaker.get("/v1/people/u1").status_code == 404
    assert speaker.get("/v1/people").json["data"] == []
    with unit_of_work(workspace_id):
        entry = session.query(AuditEntry).filter_by(action="person.erased").one()
        assert (entry.actor_id, entry.subject_id, entry.details) == (speaker.key_id, str(ines), {})
        assert session.get_one(Person, (workspace_id, ines)).erased_at is not None
    # The same user id later is somebody new.
    again = a_person(workspace_id, app_id, "u1")
    assert speaker.get("/v1/people/u1").json["id"] == str(again)


def test_an_export_is_written_down(speaker: Caller, workspace_id: UUID, app_id: UUID) -> None:
    ines = a_person(workspace_id, app_id, "u1", traits={"plan": "pro"})
    answer = speaker.get("/v1/people/u1/export")
    assert answer.mimetype == "application/json"
    assert answer.json["person"]["traits"] == {"plan": "pro"}
    assert answer.json["trait_sources"]["plan"]["said_by"] == "server"
    with unit_of_work(workspace_id):
        entry = session.query(AuditEntry).filter_by(action="person.exported").one()
        assert (entry.actor_kind, entry.subject_id, entry.details) == ("key", str(ines), {})
