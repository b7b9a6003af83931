"""What others are told of points: figures, developers' servers, and the file about a person."""

import json
from datetime import timedelta
from uuid import UUID

import pytest

from app.core.clock import freeze, now
from app.core.db import session
from app.core.ids import new_id
from app.core.tables import OutboxMessage
from app.core.tenancy import unit_of_work
from app.ledger.entries import Cause
from app.ledger.operations import expire_due
from app.metrics.queries import last_days, total
from app.people.operations.identity import person_for_user
from app.people.queries.people import person_by_id
from app.points.operations import give_back, grant_bonus
from app.points.queries import statement_of
from app.webhooks.types import TYPES
from tests.api.conftest import Caller
from tests.factories.points import having_spent, with_points
from tests.factories.webhooks import a_told_endpoint
from tests.factories.workspaces import Team, an_app
from tests.points.test_pages import rows
from tests.support.pages import PageClient


def figure(team: Team, metric: str, **where: str) -> tuple[int, int]:
    with unit_of_work(team.workspace_id):
        found = total(metric, last_days(1), where)
        return found.n, found.value


def told(team: Team) -> list[dict]:
    """What was written to developers' servers since the endpoint was made."""
    with unit_of_work(team.workspace_id):
        messages = session.query(OutboxMessage).filter_by(status="waiting").order_by(OutboxMessage.id)
        return [json.loads(message.payload) for message in messages]


def undo_latest(team: Team, person_id: UUID, *, partial: bool = False) -> None:
    with unit_of_work(team.workspace_id):
        latest = statement_of(person_by_id(person_id), most=1)[0]
        give_back(latest.id, partial=partial)


def test_what_is_granted_and_spent_is_counted_by_app_and_kind(team: Team, app_id: UUID) -> None:
    with_points(team.workspace_id, app_id, "u1", 100)
    with_points(team.workspace_id, app_id, "u2", 30)
    having_spent(team.workspace_id, app_id, "u1", 40)
    assert figure(team, "points_credited") == (2, 130)
    assert figure(team, "points_spent") == (1, 40)
    assert figure(team, "points_credited", app=str(app_id), kind="bonus") == (2, 130)
    assert figure(team, "points_spent", app=str(app_id), kind="points_spent") == (1, 40)
    assert figure(team, "points_credited", app=str(an_app(team.workspace_id))) == (0, 0)


def test_what_is_taken_back_was_never_granted_and_what_is_given_back_never_spent(team: Team, app_id: UUID) -> None:
    ada = with_points(team.workspace_id, app_id, "ada", 100)
    having_spent(team.workspace_id, app_id, "ada", 40)
    undo_latest(team, ada)
    assert (figure(team, "points_credited")[1], figure(team, "points_spent")[1]) == (100, 0)
    ben = with_points(team.workspace_id, app_id, "ben", 7)
    undo_latest(team, ben)
    assert (figure(team, "points_credited")[1], figure(team, "points_spent")[1]) == (100, 0)


def test_developers_servers_are_told_once_of_each_change(team: Team, app_id: UUID) -> None:
    a_told_endpoint(team.workspace_id)
    ada = with_points(team.workspace_id, app_id, "ada", 100)
    having_spent(team.workspace_id, app_id, "ada", 40)
    undo_latest(team, ada)
    messages = told(team)
    assert [(said["type"], said["data"]["points_change"]) for said in messages] == [
        ("points.credited", 100),
        ("points.spent", -40),
        ("points.credited", 40),
    ]
    first = messages[0]["data"]
    assert {**first, "transaction_id": ""} == {
        "transaction_id": "",
        "app_id": str(app_id),
        "user_id": "ada",
        "points_change": 100,
        "balance_after_transaction": 100,
        "transaction_type": "bonus",
        "reason": "welcome",
        "is_test": False,
    }


@pytest.mark.parametrize("type", ["points.credited", "points.spent"])
def test_the_examples_look_like_what_is_sent(team: Team, app_id: UUID, type: str) -> None:
    a_told_endpoint(team.workspace_id)
    with_points(team.workspace_id, app_id)
    having_spent(team.workspace_id, app_id)
    sent = next(said["data"] for said in told(team) if said["type"] == type)
    example = TYPES[type].example
    assert sent.keys() == example.keys()
    assert sent["transaction_type"] == example["transaction_type"]


def test_the_same_cause_tells_nothing_twice(team: Team, app_id: UUID) -> None:
    a_told_endpoint(team.workspace_id)
    cause = Cause("test", str(new_id()))
    for _ in range(3):
        with unit_of_work(team.workspace_id):
            grant_bonus(person_for_user(app_id, "ada"), 50, "welcome", cause=cause)
    assert figure(team, "points_credited") == (1, 50)
    assert len(told(team)) == 1


def test_of_a_test_app_developers_are_told_and_nothing_is_counted(team: Team) -> None:
    a_told_endpoint(team.workspace_id)
    trial = an_app(team.workspace_id, "Staging", is_test=True)
    with_points(team.workspace_id, trial)
    assert [said["data"]["is_test"] for said in told(team)] == [True]
    assert figure(team, "points_credited") == (0, 0)


def test_the_file_about_a_person_holds_every_transaction(member: PageClient, team: Team, app_id: UUID) -> None:
    ada = with_points(team.workspace_id, app_id, "ada", 100)
    having_spent(team.workspace_id, app_id, "ada", 40)
    exported = json.loads(member.get(f"/w/tidepool/people/{ada}/export").text)
    transactions = exported["records"]["transactions"]
    assert [one["points_change"] for one in transactions] == [-40, 100]
    assert transactions[0]["metadata"] == {"reason": "sword"}


def test_the_log_keeps_what_people_did_and_not_what_servers_did(caller: Caller, team: Team) -> None:
    caller.post("/v1/people/u1/points/bonuses", {"amount": 5, "reason": "welcome"})
    member = caller.client.sign_in(team.members["member"])
    told = rows(member.page("/w/tidepool/activity"), "Activity")
    assert not [row for row in told if "points" in row[0]]


def test_what_expires_is_told_and_counted_as_gone(team: Team, app_id: UUID) -> None:
    a_told_endpoint(team.workspace_id)
    with_points(team.workspace_id, app_id, "ada", 100, expires_at=now() + timedelta(days=1))
    having_spent(team.workspace_id, app_id, "ada", 40)
    with freeze(now() + timedelta(days=2)), unit_of_work(team.workspace_id):
        assert expire_due() == 1
    assert figure(team, "points_spent", app=str(app_id), kind="expiry") == (1, 60)
    assert figure(team, "points_credited")[1] - figure(team, "points_spent")[1] == 0
    last = told(team)[-1]
    assert (last["type"], last["data"]["transaction_type"]) == ("points.spent", "expiry")
    assert (last["data"]["points_change"], last["data"]["balance_after_transaction"]) == (-60, 0)
