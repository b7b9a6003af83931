"""What /v1 says of a person's points: balance, bonuses, spends, transactions, and taking back."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from uuid import UUID

import pytest

from app.core.clock import freeze, now
from app.core.ids import new_id
from tests.api.conftest import Caller, MakeCaller
from tests.factories.workspaces import Team, a_workspace, an_app

POINTS, BONUSES, SPENDS = "/v1/people/u1/points", "/v1/people/u1/points/bonuses", "/v1/people/u1/points/spends"
NOBODYS = "019e0b3c-7f00-7a64-b0a5-0c2f6d3f8e11"
TRANSACTIONS = "/v1/people/u1/transactions"
GIFT = {"amount": 100, "reason": "welcome"}
SWORD = {"amount": 40, "reason": "sword"}


def given(caller: Caller, **changes: object) -> dict[str, object]:
    answer = caller.post(BONUSES, GIFT | changes)
    assert answer.status_code == 201, answer.json
    return answer.json


def balance(caller: Caller) -> int:
    return caller.get(POINTS).json["balance"]


def refused(answer: object) -> tuple[int, str, str | None]:
    error = answer.json["error"]
    return answer.status_code, error["code"], error.get("field")


def test_a_bonus_makes_whoever_was_never_seen_a_person(caller: Caller) -> None:
    assert refused(caller.get(POINTS)) == (404, "person_unknown", None)
    made = given(caller)
    assert {**made, "id": "", "transaction_timestamp": ""} == {
        "id": "",
        "user_id": "u1",
        "points_change": 100,
        "balance_after_transaction": 100,
        "transaction_type": "bonus",
        "provenance": "bonus",
        "placement_id": None,
        "ad_impression_id": None,
        "reverses": None,
        "reversed_by": None,
        "transaction_timestamp": "",
        "metadata": {"reason": "welcome"},
    }
    assert caller.get(POINTS).json == {"balance": 100, "lifetime_earned": 100, "by_provenance": {"bonus": 100}}
    assert caller.get(f"/v1/transactions/{made['id']}").json == made
    assert caller.get(TRANSACTIONS).json == {"data": [made], "has_more": False}


def test_points_are_spent_and_the_balance_says_so(caller: Caller) -> None:
    given(caller)
    answer = caller.post(SPENDS, SWORD)
    assert answer.status_code == 201
    (part,) = answer.json["transactions"]
    assert (answer.json["points_change"], answer.json["balance_after_transaction"]) == (-40, 60)
    assert (part["points_change"], part["transaction_type"], part["metadata"]) == (
        -40,
        "points_spent",
        {"reason": "sword"},
    )
    assert caller.get(POINTS).json == {"balance": 60, "lifetime_earned": 100, "by_provenance": {"bonus": 60}}
    assert [row["points_change"] for row in caller.get(TRANSACTIONS).json["data"]] == [-40, 100]


def test_nobody_spends_what_they_do_not_have(caller: Caller) -> None:
    given(caller)
    assert refused(caller.post(SPENDS, SWORD | {"amount": 101})) == (409, "insufficient_points", "amount")
    assert balance(caller) == 100
    assert caller.post(SPENDS, SWORD | {"amount": 100}).json["balance_after_transaction"] == 0
    assert caller.get(POINTS).json["by_provenance"] == {}


@pytest.mark.parametrize("path", [POINTS, TRANSACTIONS])
def test_who_was_never_seen_is_not_known(caller: Caller, path: str) -> None:
    assert refused(caller.get(path)) == (404, "person_unknown", None)


def test_who_was_never_seen_cannot_spend(caller: Caller) -> None:
    assert refused(caller.post(SPENDS, SWORD)) == (404, "person_unknown", None)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": 0}, "amount"),
        ({"amount": -5}, "amount"),
        ({"amount": 1_000_000_001}, "amount"),
        ({"amount": 2**63}, "amount"),
        ({"amount": 10**400}, "amount"),
        ({"amount": 1.5}, "amount"),
        ({"amount": 50.0}, "amount"),
        ({"amount": "50"}, "amount"),
        ({"amount": True}, "amount"),
        ({"amount": None}, "amount"),
        ({"amount": [1]}, "amount"),
        ({"reason": ""}, "reason"),
        ({"reason": " \t "}, "reason"),
        ({"reason": "x" * 201}, "reason"),
        ({"reason": 7}, "reason"),
        ({"colour": "blue"}, "colour"),
    ],
)
@pytest.mark.parametrize("path", [BONUSES, SPENDS])
def test_what_is_wrong_is_said_at_its_field(caller: Caller, path: str, change: dict, field: str) -> None:
    given(caller)
    answer = caller.post(path, SWORD | change)
    assert refused(answer)[::2] == (422, field)
    assert balance(caller) == 100


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"amount": 5', b"[" * 100_000])
@pytest.mark.parametrize("path", [BONUSES, SPENDS])
def test_what_cannot_be_read_changes_nothing(caller: Caller, path: str, body: bytes) -> None:
    assert caller.post(path, data=body).status_code in {400, 422}
    assert refused(caller.get(POINTS))[1] == "person_unknown"


def test_texts_are_kept_as_they_are_meant(caller: Caller) -> None:
    odd = given(caller, reason="  a\u0000b\n🎁 مرحبا  ")
    assert odd["metadata"] == {"reason": "ab 🎁 مرحبا"}


@pytest.mark.parametrize(
    "expires_at",
    ["2020-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "2300-01-01T00:00:00Z"],
)
def test_an_expiry_lies_ahead_and_within_reach(caller: Caller, expires_at: str) -> None:
    answer = caller.post(BONUSES, GIFT | {"expires_at": expires_at})
    assert refused(answer) == (422, "expires_at_not_valid", "expires_at")


@pytest.mark.parametrize("expires_at", ["soon", "2030-01-01", "2030-01-01T00:00:00", 1893456000, ""])
def test_an_expiry_is_a_moment_with_its_zone(caller: Caller, expires_at: object) -> None:
    assert refused(caller.post(BONUSES, GIFT | {"expires_at": expires_at})) == (422, "not_valid", "expires_at")


def test_what_expires_soonest_is_spent_first(caller: Caller) -> None:
    soon, later = now() + timedelta(days=1), now() + timedelta(days=9)
    given(caller, amount=30, expires_at=later.isoformat())
    given(caller, amount=20, expires_at=soon.isoformat())
    given(caller, amount=50)
    assert caller.post(SPENDS, {"amount": 25, "reason": "shield"}).json["balance_after_transaction"] == 75


@pytest.mark.parametrize("user_id", ["a/b", "a//b/points", "u 1", "ü🎁", "%", "..", "x" * 255, "مرحبا", "a?b#c", "+1"])
def test_a_user_s_id_may_be_anything(caller: Caller, user_id: str) -> None:
    path = f"/v1/people/{quote(user_id, safe='')}"
    assert caller.post(f"{path}/points/bonuses", GIFT).json["user_id"] == user_id
    assert caller.get(f"{path}/points").json["balance"] == 100
    assert caller.post(f"{path}/points/spends", SWORD).status_code == 201
    assert len(caller.get(f"{path}/transactions").json["data"]) == 2


@pytest.mark.parametrize("user_id", ["x" * 256, "%00", "a%00b"])
def test_some_ids_are_nobody_s(caller: Caller, user_id: str) -> None:
    assert caller.post(f"/v1/people/{user_id}/points/bonuses", GIFT).status_code in {400, 404, 422}
    assert caller.get(f"/v1/people/{user_id}/points").status_code in {400, 404, 422}


def test_a_list_is_walked_both_ways(caller: Caller) -> None:
    ids = [given(caller, amount=number)["id"] for number in range(1, 8)][::-1]

    def part(**query: object) -> tuple[list[str], bool]:
        answer = caller.get(TRANSACTIONS, query_string=query).json
        return [row["id"] for row in answer["data"]], answer["has_more"]

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
        ("limit=" + "9" * 5000, "limit"),
        ("starting_after=x", "starting_after"),
        ("colour=x", "colour"),
        (f"starting_after={NOBODYS}&ending_before={NOBODYS}", "ending_before"),
    ],
)
def test_a_wrong_parameter_is_named(caller: Caller, query: str, field: str) -> None:
    given(caller)
    assert refused(caller.get(f"{TRANSACTIONS}?{query}")) == (422, "not_valid", field)


def test_a_repeated_request_moves_points_once(caller: Caller) -> None:
    headers = {"Idempotency-Key": "order 7"}
    first = caller.post(BONUSES, GIFT, headers=headers)
    again = caller.post(BONUSES, GIFT, headers=headers)
    assert (again.status_code, again.json, again.headers["Idempotent-Replayed"]) == (201, first.json, "true")
    assert balance(caller) == 100
    assert refused(caller.post(BONUSES, SWORD, headers=headers)) == (409, "idempotency_key_reused", None)
    assert refused(caller.post(SPENDS, SWORD | {"amount": 500}, headers={"Idempotency-Key": "dear"}))[0] == 409
    assert caller.post(SPENDS, SWORD, headers={"Idempotency-Key": "dear"}).status_code == 201


def test_without_an_idempotency_key_each_request_counts(caller: Caller) -> None:
    given(caller), given(caller)
    caller.post(SPENDS, SWORD), caller.post(SPENDS, SWORD)
    assert balance(caller) == 120


def test_a_spend_is_given_back_once(caller: Caller) -> None:
    given(caller)
    (spent,) = caller.post(SPENDS, SWORD).json["transactions"]
    answer = caller.post(f"/v1/transactions/{spent['id']}/reversals", {"partial": False})
    assert answer.status_code == 201
    back = answer.json
    assert (back["points_change"], back["transaction_type"], back["reverses"]) == (40, "reversal", spent["id"])
    assert caller.get(f"/v1/transactions/{spent['id']}").json["reversed_by"] == back["id"]
    assert refused(caller.post(f"/v1/transactions/{spent['id']}/reversals", {}))[:2] == (409, "already_reversed")
    assert caller.get(POINTS).json == {"balance": 100, "lifetime_earned": 100, "by_provenance": {"bonus": 100}}


def test_a_reversal_is_not_reversed(caller: Caller) -> None:
    bonus = given(caller)
    back = caller.post(f"/v1/transactions/{bonus['id']}/reversals", {}).json
    answer = caller.post(f"/v1/transactions/{back['id']}/reversals", {})
    assert answer.status_code == 409
    assert balance(caller) == 0


def test_a_bonus_that_is_partly_spent_is_taken_back_in_part_or_not_at_all(caller: Caller) -> None:
    bonus = given(caller)
    caller.post(SPENDS, SWORD)
    path = f"/v1/transactions/{bonus['id']}/reversals"
    assert refused(caller.post(path, {"partial": False}))[:2] == (409, "already_spent")
    assert caller.post(path, {"partial": True}).json["points_change"] == -60
    assert caller.get(POINTS).json == {"balance": 0, "lifetime_earned": 40, "by_provenance": {}}


@pytest.mark.parametrize("body", [{"partial": "yes"}, {"partial": 1}, {"part": True}, []])
def test_a_reversal_is_asked_for_in_the_right_form(caller: Caller, body: object) -> None:
    bonus = given(caller)
    assert caller.post(f"/v1/transactions/{bonus['id']}/reversals", body).status_code == 422
    assert balance(caller) == 100


def test_another_app_s_transactions_and_people_do_not_exist(caller: Caller, a_caller: MakeCaller, team: Team) -> None:
    bonus = given(caller)
    beside = a_caller(team.workspace_id, an_app(team.workspace_id, "Lagoon"))
    stranger = a_workspace()
    far = a_caller(stranger, an_app(stranger))
    for other in (beside, far):
        assert refused(other.get(POINTS))[:2] == (404, "person_unknown")
        assert refused(other.get(f"/v1/transactions/{bonus['id']}"))[:2] == (404, "transaction_unknown")
        assert other.post(f"/v1/transactions/{bonus['id']}/reversals", {}).status_code == 404
        # The same id is another person there.
        assert other.post(BONUSES, GIFT).json["balance_after_transaction"] == 100
    assert balance(caller) == 100


def test_missing_transactions(caller: Caller) -> None:
    for missing in (new_id(), "nonsense", "%00", "1"):
        assert caller.get(f"/v1/transactions/{missing}").status_code == 404
        assert caller.post(f"/v1/transactions/{missing}/reversals", {}).status_code == 404


def test_a_key_of_the_workspace_says_which_app(a_caller: MakeCaller, team: Team, app_id: UUID) -> None:
    whole = a_caller(team.workspace_id)
    assert refused(whole.post(BONUSES, GIFT))[:2] == (422, "app_needed")
    assert refused(whole.get(f"/v1/transactions/{new_id()}"))[:2] == (422, "app_needed")
    named = {"Guerdon-App": str(app_id)}
    assert whole.post(BONUSES, GIFT, headers=named).status_code == 201
    assert whole.get(POINTS, headers=named).json["balance"] == 100


CALLS = [
    ("GET", POINTS, "read"),
    ("GET", TRANSACTIONS, "read"),
    ("POST", BONUSES, "manage"),
    ("POST", SPENDS, "manage"),
    ("GET", f"/v1/transactions/{NOBODYS}", "read"),
    ("POST", f"/v1/transactions/{NOBODYS}/reversals", "manage"),
]


@pytest.mark.parametrize(("method", "path", "scope"), CALLS)
def test_a_key_needs_the_scope(
    a_caller: MakeCaller, team: Team, app_id: UUID, method: str, path: str, scope: str
) -> None:
    others = [other for other in ("events", "read", "manage") if other != scope]
    lacking = a_caller(team.workspace_id, app_id, scopes=others)
    assert refused(lacking._call(method, path, {"json": GIFT} if method == "POST" else {}))[:2] == (
        403,
        "scope_missing",
    )
    public = a_caller(team.workspace_id, app_id, kind="publishable")
    assert refused(public._call(method, path, {}))[:2] == (403, "secret_key_needed")


@pytest.mark.parametrize(("method", "path", "scope"), CALLS)
def test_strangers_and_wrong_methods(caller: Caller, method: str, path: str, scope: str) -> None:
    assert caller.client.open(path, method=method).status_code == 401
    # DELETE would erase whoever has all of this for an id.
    wrong = caller._call("PUT", path, {})
    assert refused(wrong)[:2] == (405, "method_not_allowed")


def test_points_that_expired_are_no_longer_there(caller: Caller) -> None:
    start = datetime(2027, 3, 1, 12, tzinfo=UTC)
    with freeze(start):
        given(caller, expires_at=(start + timedelta(days=1)).isoformat())
    with freeze(start + timedelta(days=2)):
        assert refused(caller.post(SPENDS, SWORD))[:2] == (409, "insufficient_points")
