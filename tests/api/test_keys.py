"""Which key comes in, and in which words the others are refused."""

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from app.core.clock import freeze, now
from app.core.db import session
from app.core.ids import new_id
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from app.workspaces.credentials import mint
from app.workspaces.models import Workspace
from app.workspaces.operations.apps import reinstate_app, suspend_app
from app.workspaces.operations.keys import revoke_key, rotate_key
from app.workspaces.queries.apps import app_by_id
from app.workspaces.queries.keys import key_by_id
from tests.api.conftest import Caller, MakeCaller
from tests.factories.workspaces import a_workspace, an_app
from tests.support.budget import counted
from tests.support.pages import PageClient


def refusal(answer: object) -> tuple[int, str]:
    return answer.status_code, answer.json["error"]["code"]  # type: ignore[attr-defined]


def test_basic_takes_the_key_as_user_name(caller: Caller) -> None:
    credentials = base64.b64encode(f"{caller.key}:".encode()).decode()
    answer = caller.get("/v1/me", headers={"Authorization": f"Basic {credentials}"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "key_missing"),
        ("", "key_missing"),
        ("Bearer", "key_missing"),
        ("Bearer ", "key_missing"),
        ("Digest username=x", "key_missing"),
        ("Basic !!!", "key_missing"),
        ("Bearer a=b", "key_missing"),
        ("Bearer sk_live", "key_unknown"),
        ("Bearer sk_" + "z" * 22 + "_" + "a" * 40, "key_unknown"),
        ("Bearer " + "s" * 5000, "key_unknown"),
        ("Bearer sk_\u00e9", "key_unknown"),
    ],
)
def test_without_a_key_one_is_asked_for(client: PageClient, header: str | None, code: str) -> None:
    answer = client.get("/v1/me", headers={"Authorization": header} if header is not None else {})
    assert refusal(answer) == (401, code)
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json["error"]["docs"] == f"http://localhost/docs/api#error-{code}"


def test_a_key_that_was_never_made_is_unknown(client: PageClient, caller: Caller, workspace_id: UUID) -> None:
    right = caller.key
    wrong_secret = right[:-1] + ("a" if right[-1] != "a" else "b")
    in_another_workspace = right.replace(right.split("_")[1], mint("secret", a_workspace())[0].split("_")[1])
    in_none = mint("secret", new_id())[0]
    for text in (wrong_secret, in_another_workspace, in_none, right.replace("sk_", "pk_"), f"{right} "):
        answer = client.get("/v1/me", headers={"Authorization": f"Bearer {text}"})
        expected = 200 if text.strip() == right else 401
        assert answer.status_code == expected


def test_a_revoked_key_is_refused_from_the_next_request_on(caller: Caller, workspace_id: UUID) -> None:
    assert caller.get("/v1/me").status_code == 200
    with unit_of_work(workspace_id):
        revoke_key(caller.key_id)
    assert refusal(caller.get("/v1/me")) == (401, "key_revoked")


def test_an_expired_key_is_refused(a_caller: MakeCaller, workspace_id: UUID) -> None:
    caller = a_caller(workspace_id, expires_at=now() + timedelta(hours=1))
    assert caller.get("/v1/me").status_code == 200
    with freeze(now() + timedelta(hours=1)):
        assert refusal(caller.get("/v1/me")) == (401, "key_expired")


def test_rotation_lets_both_in_for_the_overlap(caller: Caller, workspace_id: UUID) -> None:
    with unit_of_work(workspace_id):
        fresh = Caller(caller.client, rotate_key(caller.key_id, timedelta(hours=24)).text, caller.key_id)
    assert caller.get("/v1/me").status_code == fresh.get("/v1/me").status_code == 200
    with freeze(now() + timedelta(hours=25)):
        assert refusal(caller.get("/v1/me")) == (401, "key_expired")
        assert fresh.get("/v1/me").status_code == 200


def test_a_publishable_key_may_not(a_caller: MakeCaller, workspace_id: UUID, app_id: UUID) -> None:
    caller = a_caller(workspace_id, app_id, kind="publishable")
    for path in ("/v1/me", "/v1/apps", f"/v1/apps/{app_id}"):
        assert refusal(caller.get(path)) == (403, "secret_key_needed")


def test_a_key_does_what_its_scopes_say(a_caller: MakeCaller, workspace_id: UUID) -> None:
    reading, managing = a_caller(workspace_id, scopes=["read"]), a_caller(workspace_id, scopes=["manage"])
    assert reading.get("/v1/me").status_code == managing.get("/v1/me").status_code == 200
    assert reading.get("/v1/apps").status_code == 200
    assert refusal(managing.get("/v1/apps")) == (403, "scope_missing")
    assert refusal(reading.post("/v1/apps", {})) == (403, "scope_missing")


def test_a_suspended_app_s_keys_are_refused(a_caller: MakeCaller, workspace_id: UUID, app_id: UUID) -> None:
    bound, whole = a_caller(workspace_id, app_id), a_caller(workspace_id)
    named = {"headers": {"Guerdon-App": str(app_id)}}
    with unit_of_work(role="staff"):
        suspend_app(app_by_id(app_id), "A copy of another app.")
    assert refusal(bound.get("/v1/me")) == (403, "app_suspended")
    assert refusal(whole.get("/v1/me", **named)) == (403, "app_suspended")
    assert whole.get("/v1/me").status_code == 200
    with unit_of_work(role="staff"):
        reinstate_app(app_by_id(app_id))
    assert bound.get("/v1/me").status_code == 200


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda workspace: setattr(workspace, "status", "suspended"), "workspace_suspended"),
        (lambda workspace: setattr(workspace, "deleted_at", now()), "workspace_deleted"),
    ],
)
def test_a_closed_workspace_s_keys_are_refused(
    caller: Caller, workspace_id: UUID, change: Callable[[Workspace], None], code: str
) -> None:
    with unit_of_work():
        change(session.get_one(Workspace, workspace_id))
    assert refusal(caller.get("/v1/me")) == (403, code)


def test_a_key_of_the_workspace_names_the_app_it_speaks_for(caller: Caller, app_id: UUID) -> None:
    named = caller.get("/v1/me", headers={"Guerdon-App": str(app_id)})
    assert named.json["app"]["id"] == str(app_id)
    strange = an_app(a_workspace())
    for wrong in (str(strange), "nonsense", "\u00fc", "0" * 32):
        answer = caller.get("/v1/me", headers={"Guerdon-App": wrong})
        assert refusal(answer) == (422, "app_unknown")


def test_a_key_of_an_app_speaks_for_no_other(a_caller: MakeCaller, workspace_id: UUID, app_id: UUID) -> None:
    bound = a_caller(workspace_id, app_id)
    assert bound.get("/v1/me", headers={"Guerdon-App": str(app_id)}).status_code == 200
    other = an_app(workspace_id, "Lagoon")
    assert refusal(bound.get("/v1/me", headers={"Guerdon-App": str(other)})) == (403, "app_not_yours")
    assert refusal(bound.get("/v1/me", headers={"Guerdon-App": "nonsense"})) == (403, "app_not_yours")


def test_the_last_use_is_noted_once_a_minute(caller: Caller, workspace_id: UUID) -> None:
    def noted() -> object:
        with unit_of_work(workspace_id):
            return key_by_id(caller.key_id).last_used_at

    at = now()
    with freeze(at):
        assert caller.get("/v1/nothing/here").status_code == 404
        assert noted() is None
        # A refused call is a use too.
        assert caller.get("/v1/apps?limit=0").status_code == 422
        assert noted() == at
    with freeze(at + timedelta(seconds=59)):
        caller.get("/v1/me")
        assert noted() == at
    with freeze(at + timedelta(seconds=61)):
        caller.get("/v1/me")
        assert noted() == at + timedelta(seconds=61)


def test_a_dead_key_s_tries_are_not_its_use(caller: Caller, workspace_id: UUID) -> None:
    with unit_of_work(workspace_id):
        revoke_key(caller.key_id)
    caller.get("/v1/me")
    with unit_of_work(workspace_id):
        assert key_by_id(caller.key_id).last_used_at is None


def test_a_cookie_opens_nothing(client: PageClient, caller: Caller) -> None:
    client.set_cookie("guerdon", "anything")
    answer = client.get("/v1/me")
    assert refusal(answer) == (401, "key_missing")
    assert "Set-Cookie" not in answer.headers
    answer = caller.get("/v1/me")
    assert "Set-Cookie" not in answer.headers


def test_too_many_calls_wait(app: Guerdon, caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "settings", replace(app.settings, api_rate_per_minute=3))
    for _ in range(3):
        answer = caller.get("/v1/me")
        assert answer.headers["RateLimit-Policy"] == '"key";q=3;w=60'
    answer = caller.get("/v1/me")
    assert refusal(answer) == (429, "rate_limited")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


def test_a_key_is_checked_by_one_statement(caller: Caller) -> None:
    caller.get("/v1/me")
    with counted() as statements:
        caller.get("/v1/me")
    assert len(statements) == 1, statements
