"""GET /v1/events and /v1/events/{event_id}."""

import re
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from app.core.ids import new_id
from app.events.effect_words import told
from app.events.queries import looking
from tests.api.conftest import Caller, MakeCaller
from tests.factories.events import a_failure, an_event, worked_off
from tests.factories.workspaces import a_workspace, an_app
from tests.support.budget import counted

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

NOBODYS = "019e0b3c-a200-7d4c-9e2f-3a5b7c9d1e2f"


def ids(caller: Caller, query: str = "") -> list[str]:
    answer = caller.get(f"/v1/events{query}")
    assert answer.status_code == 200, answer.json
    return [event["id"] for event in answer.json["data"]]


def test_an_event_is_answered_whole(caller: Caller, workspace_id: UUID, app_id: UUID) -> None:
    event_id = an_event(
        workspace_id,
        app_id,
        "level_completed",
        user_id="u1",
        anonymous_id="anon-7",
        at=AT,
        properties={"level": 7},
        context={"locale": "pt-PT"},
        message_id="m-1",
    )
    worked_off(workspace_id)
    answer = caller.get(f"/v1/events/{event_id}")
    assert answer.status_code == 200
    assert caller.get("/v1/events").json == {"data": [answer.json], "has_more": False}
    shown = answer.json
    person = shown["effects"][0]["details"]["person"]
    assert {**shown, "received_at": ""} == {
        "id": str(event_id),
        "app_id": str(app_id),
        "message_id": "m-1",
        "type": "track",
        "name": "level_completed",
        "user_id": "u1",
        "anonymous_id": "anon-7",
        "session_id": None,
        "occurred_at": "2026-11-20T09:00:00Z",
        "received_at": "",
        "trust": "server",
        "properties": {"level": 7},
        "context": {"locale": "pt-PT"},
        "country": None,
        "status": "processed",
        "effects": [{"subscriber": "people", "kind": "created", "text": "A new person", "details": {"person": person}}],
        "failure": None,
    }


def test_how_far_each_has_come(caller: Caller, workspace_id: UUID, app_id: UUID) -> None:
    an_event(workspace_id, app_id, "first")
    an_event(workspace_id, app_id, "second")
    worked_off(workspace_id)
    an_event(workspace_id, app_id, "waits")
    a_failure(workspace_id, app_id, name="fails", error="LookupError", user_id="u2")
    fails, waits, second, _ = caller.get("/v1/events").json["data"]
    assert (waits["status"], waits["effects"], waits["failure"]) == ("waiting", [], None)
    assert (fails["status"], fails["effects"]) == ("failed", [])
    assert {**fails["failure"], "failed_at": ""} == {"subscriber": "points", "error": "LookupError", "failed_at": ""}
    assert [effect["text"] for effect in second["effects"]] == ["Counted. Nothing else watches this name."]


def test_lists_are_narrowed(caller: Caller, workspace_id: UUID, app_id: UUID) -> None:
    other = an_app(workspace_id)
    first = an_event(workspace_id, app_id, "level", user_id="u1", anonymous_id="a1", message_id="m1")
    second = an_event(workspace_id, app_id, "page", user_id=None, anonymous_id="a1", message_id="m2")
    third = an_event(workspace_id, other, "level", user_id="u1", anonymous_id="a2", message_id="m1")
    found = {
        "": [third, second, first],
        "?user_id=u1": [third, first],
        "?anonymous_id=a1": [second, first],
        "?user_id=u1&anonymous_id=a1": [first],
        "?name=level": [third, first],
        f"?name=level&app_id={app_id}": [first],
        f"?app_id={other}": [third],
        "?message_id=m1": [third, first],
        f"?message_id=m1&app_id={app_id}": [first],
        "?message_id=m1&name=page": [],
        "?message_id=m3": [],
        "?user_id=nobody": [],
        f"?app_id={new_id()}": [],
        "?user_id=u1&name=level&limit=1": [third],
    }
    assert {query: ids(caller, query) for query in found} == {
        query: [str(event_id) for event_id in expected] for query, expected in found.items()
    }


def test_a_list_is_read_on_both_ways(caller: Caller, workspace_id: UUID, app_id: UUID) -> None:
    made = [str(an_event(workspace_id, app_id, user_id="u1")) for _ in range(5)][::-1]
    for query in ("", "&user_id=u1", "&name=level_completed"):
        first = caller.get(f"/v1/events?limit=2{query}").json
        assert ([event["id"] for event in first["data"]], first["has_more"]) == (made[:2], True)
        assert ids(caller, f"?limit=2&starting_after={made[1]}{query}") == made[2:4]
        last = caller.get(f"/v1/events?limit=2&starting_after={made[3]}{query}").json
        assert ([event["id"] for event in last["data"]], last["has_more"]) == (made[4:], False)
        assert ids(caller, f"?limit=2&ending_before={made[3]}{query}") == made[1:3]


def test_a_rare_event_of_a_busy_user_is_found(
    caller: Caller, workspace_id: UUID, app_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "LOOKED_THROUGH", 25)
    rare = an_event(workspace_id, app_id, "rare", user_id="u1")
    for _ in range(70):
        an_event(workspace_id, app_id, "common", user_id="u1")
    assert ids(caller, "?user_id=u1&name=rare&limit=20") == [str(rare)]


def test_a_key_of_one_app_sees_that_app(a_caller: MakeCaller, workspace_id: UUID, app_id: UUID, caller: Caller) -> None:
    other = an_app(workspace_id)
    ours, theirs = an_event(workspace_id, app_id, message_id="m1"), an_event(workspace_id, other, message_id="m1")
    bound = a_caller(workspace_id, app_id)
    for query in ("", "?user_id=u1", "?name=level_completed", "?message_id=m1", f"?app_id={app_id}"):
        assert ids(bound, query) == [str(ours)]
    answer = bound.get(f"/v1/events?app_id={other}")
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "app_not_yours")
    assert bound.get(f"/v1/events/{theirs}").status_code == 404
    assert ids(caller, "") == [str(theirs), str(ours)]
    named = caller.get("/v1/events", headers={"Guerdon-App": str(app_id)}).json["data"]
    assert [event["id"] for event in named] == [str(ours)]


def test_events_of_others_do_not_exist(caller: Caller) -> None:
    elsewhere = a_workspace("lagoon")
    their_app = an_app(elsewhere)
    foreign = an_event(elsewhere, their_app, message_id="m1")
    for query in ("", "?user_id=u1", "?name=level_completed", "?message_id=m1", f"?app_id={their_app}"):
        assert ids(caller, query) == []
    assert caller.get(f"/v1/events/{foreign}").status_code == 404
    assert caller.get(f"/v1/events/{new_id()}").status_code == 404


def test_the_scope_is_read(a_caller: MakeCaller, workspace_id: UUID, app_id: UUID) -> None:
    sends_only = a_caller(workspace_id, app_id, scopes=["events"])
    assert sends_only.get("/v1/events").json["error"]["code"] == "scope_missing"
    assert sends_only.get(f"/v1/events/{new_id()}").json["error"]["code"] == "scope_missing"
    assert a_caller(workspace_id, app_id, scopes=["read"]).get("/v1/events").status_code == 200
    assert a_caller(workspace_id, app_id, kind="publishable").get("/v1/events").status_code == 403


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?limit=0", "limit"),
        ("?limit=101", "limit"),
        ("?limit=all", "limit"),
        ("?app_id=junk", "app_id"),
        ("?starting_after=junk", "starting_after"),
        (f"?starting_after={NOBODYS}&ending_before={NOBODYS}", "ending_before"),
        ("?user_id=", "user_id"),
        (f"?user_id={'x' * 256}", "user_id"),
        (f"?name={'x' * 201}", "name"),
        ("?status=waiting", "status"),
    ],
)
def test_what_is_wrong_is_said_with_its_field(caller: Caller, query: str, field: str) -> None:
    answer = caller.get(f"/v1/events{query}")
    assert (answer.status_code, answer.json["error"]["code"], answer.json["error"]["field"]) == (
        422,
        "not_valid",
        field,
    )


@pytest.mark.parametrize("text", ["%00", "%ED%A0%80", "%F0%9F%91%A9", "%E2%80%AE", "'; DROP TABLE event; --"])
def test_odd_letters_are_no_server_error(caller: Caller, text: str) -> None:
    for field in ("user_id", "anonymous_id", "name", "message_id"):
        assert caller.get(f"/v1/events?{field}={text}").status_code in (200, 400, 422)


def test_other_methods_are_refused(caller: Caller) -> None:
    assert caller.post("/v1/events", {}).status_code == 405


def test_a_page_asks_a_bounded_number_of_questions(caller: Caller, workspace_id: UUID, app_id: UUID) -> None:
    for number in range(40):
        an_event(workspace_id, app_id, user_id=f"u{number}")
    worked_off(workspace_id)
    caller.get("/v1/events?limit=100")
    with counted() as statements:
        caller.get("/v1/events?limit=100")
    assert len(statements) <= 9


def test_what_nobody_has_words_for_is_named_as_it_is() -> None:
    assert told("quests", "step.completed_late", {}).title == "quests: step completed late"


def test_there_are_words_for_all_that_is_said_of_people() -> None:
    """What somebody notes tomorrow wants its words tomorrow."""
    people = Path(__file__).parents[2] / "app" / "people"
    events = Path(__file__).parents[2] / "app" / "events" / "operations"
    source = "".join(path.read_text() for folder in (people, events) for path in folder.rglob("*.py"))
    kinds = set(re.findall(r'Said\([^,()]+(?:\([^()]*\)|\[[^\]]*\])*, "([a-z_]+)"', source))
    kinds |= set(re.findall(r'batch\.note\([^,]+, "([a-z_]+)"', source))
    assert {"created", "joined", "erased"} <= kinds
    details = {"person": new_id(), "into": new_id(), "joins": new_id(), "reason": "belongs_to_another", "taken": ["a"]}
    assert [kind for kind in kinds if told("people", kind, details).title.startswith("people: ")] == []
