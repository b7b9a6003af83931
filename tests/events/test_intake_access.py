"""Who may send, from where, how much; and what browsers are told beforehand."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from werkzeug.test import TestResponse

from app.core import allowances
from app.core.clock import freeze, now
from app.core.db import session
from app.core.tenancy import unit_of_work
from app.events.operations import receiving
from app.factory import Guerdon
from app.workspaces.models import App, Workspace
from app.workspaces.operations.apps import reinstate_app, suspend_app
from app.workspaces.operations.keys import change_key, revoke_key
from app.workspaces.queries.apps import app_by_id
from tests.api.conftest import Caller, MakeCaller
from tests.events.test_intake import code, events
from tests.factories.workspaces import a_workspace, an_app

EVENT = {"event": "x", "userId": "u"}
ADDRESSES = [*"tipsgab", "track", "identify", "page", "screen", "group", "alias", "batch", "import"]
SITE = "https://tidepool.example"


@pytest.fixture
def browser(a_caller: MakeCaller, workspace_id: UUID, app_id: UUID) -> Caller:
    caller = a_caller(workspace_id, app_id, kind="publishable")
    with unit_of_work(workspace_id):
        change_key(caller.key_id, name="Website", origins=[SITE, "http://localhost:3000"])
    return caller


def test_a_secret_key_needs_the_scope(a_caller: MakeCaller, workspace_id: UUID, app_id: UUID) -> None:
    assert code(a_caller(workspace_id, app_id, scopes=["read", "manage"]).post("/v1/track", EVENT)) == (
        403,
        "scope_missing",
    )
    assert a_caller(workspace_id, app_id, scopes=["events"]).post("/v1/track", EVENT).status_code == 200


@pytest.mark.parametrize("kind", ["secret", "publishable"])
def test_a_revoked_key_is_refused_at_the_next_request(
    a_caller: MakeCaller, workspace_id: UUID, app_id: UUID, kind: str
) -> None:
    caller = a_caller(workspace_id, app_id, kind=kind)
    assert caller.post("/v1/track", EVENT).status_code == 200
    with unit_of_work(workspace_id):
        revoke_key(caller.key_id)
    assert code(caller.post("/v1/track", EVENT)) == (401, "key_revoked")
    assert len(events(workspace_id)) == 1


def test_an_expired_key_is_refused(a_caller: MakeCaller, workspace_id: UUID, app_id: UUID) -> None:
    caller = a_caller(workspace_id, app_id, expires_at=now() + timedelta(hours=1))
    with freeze(now() + timedelta(hours=2)):
        assert code(caller.post("/v1/track", EVENT)) == (401, "key_expired")


def test_an_app_under_review_takes_events_and_a_suspended_one_none(
    a_caller: MakeCaller, workspace_id: UUID, app_id: UUID
) -> None:
    caller = a_caller(workspace_id, an_app(workspace_id, "New", status="pending_review"))
    assert caller.post("/v1/track", EVENT).status_code == 200
    caller = a_caller(workspace_id, app_id)
    with unit_of_work(role="staff"):
        suspend_app(session.query(App).filter_by(id=app_id).one(), "A copy of another app.")
    assert code(caller.post("/v1/track", EVENT)) == (403, "app_suspended")
    with unit_of_work(role="staff"):
        reinstate_app(app_by_id(app_id))
    assert caller.post("/v1/track", EVENT).status_code == 200


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [("status", "suspended", "workspace_suspended"), ("deleted_at", now(), "workspace_deleted")],
)
def test_a_closed_workspace_takes_none(
    a_caller: MakeCaller, workspace_id: UUID, app_id: UUID, field: str, value: object, expected: str
) -> None:
    caller = a_caller(workspace_id, app_id)
    with unit_of_work():
        setattr(session.get_one(Workspace, workspace_id), field, value)
    assert code(caller.post("/v1/track", EVENT)) == (403, expected)


def test_a_key_of_an_app_sends_for_no_other(a_caller: MakeCaller, workspace_id: UUID, app_id: UUID) -> None:
    headers = {"Guerdon-App": str(an_app(workspace_id, "Lagoon"))}
    assert code(a_caller(workspace_id, app_id).post("/v1/track", EVENT, headers=headers)) == (403, "app_not_yours")
    strange = {"Guerdon-App": str(an_app(a_workspace()))}
    assert code(a_caller(workspace_id).post("/v1/track", EVENT, headers=strange)) == (422, "app_unknown")


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (SITE, 200),
        (SITE.upper(), 200),
        ("http://localhost:3000", 200),
        (None, 200),
        ("https://evil.example", 403),
        ("http://tidepool.example", 403),
        ("https://tidepool.example:8443", 403),
        ("https://tidepool.example.evil.example", 403),
        ("null", 403),
        ("", 403),
    ],
)
def test_a_key_with_origins_is_good_for_their_pages(browser: Caller, origin: str | None, status: int) -> None:
    answer = browser.post("/v1/track", EVENT, headers={} if origin is None else {"Origin": origin})
    assert answer.status_code == status
    if status == 403:
        assert code(answer) == (403, "origin_not_allowed")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_key_without_origins_is_good_for_all(a_caller: MakeCaller, workspace_id: UUID, app_id: UUID) -> None:
    for kind in ("publishable", "secret"):
        caller = a_caller(workspace_id, app_id, kind=kind)
        assert caller.post("/v1/track", EVENT, headers={"Origin": "https://any.example"}).status_code == 200


@pytest.mark.parametrize("address", ADDRESSES)
def test_browsers_may_ask_beforehand(app: Guerdon, address: str) -> None:
    asked = "authorization,content-type,anonymousid,x-sdk-thing"
    headers = {
        "Origin": SITE,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": asked,
    }
    answer = app.test_client().options(f"/v1/{address}", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Headers"] == asked
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert int(answer.headers["Access-Control-Max-Age"]) >= 3600
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_junk_is_not_repeated_beforehand(app: Guerdon) -> None:
    for junk in ("x" * 600, "a: b", "<script>", ""):
        answer = app.test_client().options("/v1/t", headers={"Access-Control-Request-Headers": junk})
        assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]


def test_pages_may_read_refusals_too(app: Guerdon, browser: Caller) -> None:
    client = app.test_client()
    refused = [
        client.post("/v1/t", json=EVENT),
        browser.post("/v1/t", {}),
        browser.post("/v1/b", {}),
        browser.post("/v1/t", data=b"x" * 600_000),
        browser.post("/v1/t?x=%00", EVENT),
    ]
    assert [answer.status_code for answer in refused] == [401, 422, 400, 413, 400]
    assert {answer.headers["Access-Control-Allow-Origin"] for answer in refused} == {"*"}


def test_the_rest_of_the_api_stays_closed_to_pages(browser: Caller) -> None:
    for answer in (
        browser.get("/v1/me", headers={"Origin": SITE}),
        browser.client.options("/v1/apps", headers={"Origin": SITE, "Access-Control-Request-Method": "POST"}),
    ):
        assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.fixture
def at_most_ten(app: Guerdon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "settings", replace(app.settings, event_rate_per_minute=10, api_rate_per_minute=1))
    monkeypatch.setattr(receiving, "_allowances", allowances.Allowances("events"))


def batch(caller: Caller, many: int) -> TestResponse:
    return caller.post("/v1/batch", {"batch": [{**EVENT, "type": "track"}] * many})


@pytest.mark.usefixtures("at_most_ten")
def test_a_key_sends_so_many_events_a_minute(a_caller: MakeCaller, workspace_id: UUID, app_id: UUID) -> None:
    caller = a_caller(workspace_id, app_id)
    assert batch(caller, 7).status_code == 200
    answer = batch(caller, 4)
    assert code(answer) == (429, "rate_limited")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert batch(caller, 3).status_code == 200
    assert code(caller.post("/v1/track", EVENT)) == (429, "rate_limited")
    assert a_caller(workspace_id, app_id).post("/v1/track", EVENT).status_code == 200
    assert len(events(workspace_id)) == 11


def test_portions_are_taken_from_the_shared_count(app: Guerdon) -> None:
    one, other = allowances.Allowances("test"), allowances.Allowances("test")
    assert one.use("k", 1, 5000) is None
    # Four of the first portion of five are left to the one.
    assert [one.use("k", 1, 5000) for _ in range(4)] == [None] * 4
    assert other.use("k", 4995, 5000) is None
    assert one.use("k", 1, 5000) is not None
    assert other.use("k", 1, 5000) is not None


def test_less_than_a_portion_may_be_left(app: Guerdon) -> None:
    one, other = allowances.Allowances("test"), allowances.Allowances("test")
    assert one.use("k", 4998, 5000) is None
    assert [other.use("k", 1, 5000) for _ in range(2)] == [None, None]
    assert other.use("k", 1, 5000) is not None
