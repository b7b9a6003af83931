"""Points that a member grants, takes and gives back on the screens."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from app.core.clock import freeze, now
from app.core.db import session
from app.core.ids import new_id
from app.core.tables import AuditEntry
from app.core.tenancy import unit_of_work
from app.metrics.queries import last_days, total
from app.people.models import Person
from app.points.queries import balance_of
from tests.factories.points import having_spent, with_points
from tests.factories.workspaces import Team, a_team, an_app
from tests.support.pages import Page, PageClient

HERE = "/w/tidepool/points"
GRANT, TAKE = f"{HERE}/bonuses/new", f"{HERE}/spends/new"


def balance(team: Team, app_id: UUID, user_id: str = "u1") -> int:
    with unit_of_work(team.workspace_id):
        return balance_of(session.query(Person).filter_by(app_id=app_id, external_id=user_id).one()).balance


def people(team: Team) -> list[str | None]:
    with unit_of_work(team.workspace_id):
        return [person.external_id for person in session.query(Person)]


def log(team: Team) -> list[tuple[str, dict]]:
    with unit_of_work(team.workspace_id):
        entries = session.query(AuditEntry).filter(AuditEntry.action.startswith("points.")).order_by(AuditEntry.id)
        return [(entry.action, entry.details) for entry in entries]


def filled(member: PageClient, path: str, **values: object) -> dict[str, object]:
    """The form as somebody fills it in."""
    return {**member.page(path).form(path), "user_id": "u1", "amount": "50", "reason": "Thank you", **values}


def error_at(page: Page, field: str) -> str:
    return " ".join("".join(page.by_id(f"{field}-error").itertext()).split()).removeprefix("Error: ")


def test_points_are_granted_with_a_reason(member: PageClient, team: Team, app_id: UUID) -> None:
    with_points(team.workspace_id, app_id, amount=10)
    answer = member.submit(GRANT, filled(member, GRANT))
    assert answer.status_code == 303
    page = member.page(answer.location)
    assert page.title.startswith("+50 points")
    assert "u1" in page.text
    assert "Thank you" in page.text
    assert balance(team, app_id) == 60
    ((action, details),) = log(team)
    assert (action, details["reason"], details["changes"]) == ("points.granted", "Thank you", {"balance": [10, 60]})
    assert "granted points" in member.page("/w/tidepool/activity").text.lower()


def test_points_are_taken_with_a_reason(member: PageClient, team: Team, app_id: UUID) -> None:
    ada = with_points(team.workspace_id, app_id, "ada", 100)
    path = f"{TAKE}?person={ada}"
    values = {**member.page(path).form(path), "amount": "30", "reason": "Bought by phone"}
    assert "user_id" not in values
    answer = member.submit(path, values)
    assert answer.status_code == 303
    assert member.page(answer.location).title.startswith("−30 points")
    assert balance(team, app_id, "ada") == 70
    ((action, details),) = log(team)
    assert (action, details["changes"]) == ("points.taken", {"balance": [100, 70]})


@pytest.mark.parametrize("path", [GRANT, TAKE])
def test_a_double_click_moves_points_once(member: PageClient, team: Team, app_id: UUID, path: str) -> None:
    with_points(team.workspace_id, app_id, amount=500)
    values = filled(member, path)
    first, second = member.submit(path, values), member.submit(path, values)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert balance(team, app_id) == (550 if path == GRANT else 450)
    assert len(log(team)) == 1
    with unit_of_work(team.workspace_id):
        metric = "points_credited" if path == GRANT else "points_spent"
        assert total(metric, last_days(1)).value == (550 if path == GRANT else 50)


def test_two_tabs_are_two_grants(member: PageClient, team: Team, app_id: UUID) -> None:
    with_points(team.workspace_id, app_id, amount=10)
    one, other = filled(member, GRANT), filled(member, GRANT)
    member.submit(GRANT, one)
    member.submit(GRANT, other)
    assert balance(team, app_id) == 110


def test_a_token_that_moved_something_else_moves_nothing_more(member: PageClient, team: Team, app_id: UUID) -> None:
    """The form was sent, the page left by the back button, and another person written into it."""
    with_points(team.workspace_id, app_id, "u1", 10)
    with_points(team.workspace_id, app_id, "u2", 10)
    values = filled(member, GRANT)
    member.submit(GRANT, values)
    answer = member.submit(GRANT, {**values, "user_id": "u2"})
    assert answer.status_code == 422
    assert "sent before" in Page(answer).text
    assert (balance(team, app_id, "u1"), balance(team, app_id, "u2")) == (60, 10)
    # The form that is drawn then is a new one.
    again = {**Page(answer).form(GRANT), "csrf_token": member.csrf_token()}
    assert member.submit(GRANT, again).status_code == 303
    assert balance(team, app_id, "u2") == 60


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": ""}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"amount": "-5"}, "amount"),
        ({"amount": "1.5"}, "amount"),
        ({"amount": "fifty"}, "amount"),
        ({"amount": "1000000001"}, "amount"),
        ({"amount": "9" * 5000}, "amount"),
        ({"reason": ""}, "reason"),
        ({"reason": "  \x00 "}, "reason"),
        ({"reason": "x" * 201}, "reason"),
        ({"user_id": ""}, "user_id"),
        ({"user_id": "x" * 256}, "user_id"),
        ({"app": str(new_id())}, "app"),
        ({"app": "x"}, "app"),
        ({"expires_on": "soon"}, "expires_on"),
        ({"expires_on": "2020-01-01"}, "expires_on"),
        ({"expires_on": "9999-12-31"}, "expires_on"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(
    member: PageClient, team: Team, app_id: UUID, change: dict[str, str], field: str
) -> None:
    with_points(team.workspace_id, app_id, amount=10)
    answer = member.submit(GRANT, filled(member, GRANT, **change))
    assert answer.status_code == 422
    assert error_at(Page(answer), field)
    assert balance(team, app_id) == 10


def test_nobody_loses_more_than_they_have(member: PageClient, team: Team, app_id: UUID) -> None:
    with_points(team.workspace_id, app_id, amount=10)
    answer = member.submit(TAKE, filled(member, TAKE, amount="11"))
    assert answer.status_code == 422
    assert error_at(Page(answer), "amount") == "Only 10 points can be spent."
    assert Page(answer).form(TAKE)["reason"] == "Thank you"


def test_thousands_may_be_written_with_commas(member: PageClient, team: Team, app_id: UUID) -> None:
    with_points(team.workspace_id, app_id, amount=10)
    member.submit(GRANT, filled(member, GRANT, amount="1,000"))
    assert balance(team, app_id) == 1_010


def test_a_grant_to_nobody_known_is_asked_about(member: PageClient, team: Team, app_id: UUID) -> None:
    answer = member.submit(GRANT, filled(member, GRANT, user_id="typo"))
    assert answer.status_code == 422
    page = Page(answer)
    assert "never saw" in error_at(page, "user_id")
    assert people(team) == []
    again = {**page.form(GRANT), "csrf_token": member.csrf_token(), "for_new_person": "y"}
    assert member.submit(GRANT, again).status_code == 303
    assert (people(team), balance(team, app_id, "typo")) == (["typo"], 50)


def test_nothing_is_taken_from_nobody_known(member: PageClient, team: Team, app_id: UUID) -> None:
    answer = member.submit(TAKE, filled(member, TAKE, user_id="typo", for_new_person="y"))
    assert answer.status_code == 422
    assert error_at(Page(answer), "user_id")
    assert people(team) == []


def test_the_last_day_ends_on_the_workspace_s_clock(member: PageClient, team: Team, app_id: UUID) -> None:
    with_points(team.workspace_id, app_id, amount=10)
    day = (now() + timedelta(days=3)).date()
    answer = member.submit(GRANT, filled(member, GRANT, expires_on=day.isoformat()))
    assert answer.status_code == 303
    ends = datetime.combine(day + timedelta(days=1), datetime.min.time(), UTC)
    with freeze(ends - timedelta(minutes=1)):
        assert balance(team, app_id) == 60


def reversals(page: Page) -> list[str]:
    return [path for path in page.posts() if path.endswith("/reversals")]


def the_latest(member: PageClient) -> str:
    page = member.page(f"{HERE}/transactions")
    return next(link.get("href") for link in page.all("a") if f"{HERE}/transactions/" in (link.get("href") or ""))


def test_a_spend_is_given_back_by_a_dialog(member: PageClient, team: Team, app_id: UUID) -> None:
    with_points(team.workspace_id, app_id, amount=100)
    having_spent(team.workspace_id, app_id, amount=40)
    path = the_latest(member)
    page = member.page(path)
    assert "40 points go back to u1" in page.text
    (action,) = reversals(page)
    first, second = member.submit(action, page.form(action)), member.submit(action, page.form(action))
    assert (first.status_code, second.status_code) == (303, 303)
    assert balance(team, app_id) == 100
    assert [action for action, _ in log(team)] == ["points.given_back"]
    after = member.page(path)
    assert reversals(after) == []
    assert "Given back" in after.text


def test_a_bonus_is_taken_back_whole_while_it_is_whole(member: PageClient, team: Team, app_id: UUID) -> None:
    with_points(team.workspace_id, app_id, amount=100)
    page = member.page(the_latest(member))
    assert "100 points are taken back from u1" in page.text
    (action,) = reversals(page)
    member.submit(action, page.form(action))
    assert balance(team, app_id) == 0


def test_a_bonus_that_is_partly_spent_says_what_is_left(member: PageClient, team: Team, app_id: UUID) -> None:
    with_points(team.workspace_id, app_id, amount=100)
    path = the_latest(member)
    whole = member.page(path)
    (action,) = reversals(whole)
    having_spent(team.workspace_id, app_id, amount=40)
    # The page was open since before the spend: what it said is not done, and the new page says what can be.
    late = member.submit(action, whole.form(action))
    assert late.status_code == 303
    assert balance(team, app_id) == 60
    page = member.page(path)
    assert "60 of the 100 points" in page.text
    member.submit(action, page.form(action))
    assert balance(team, app_id) == 0


def test_a_bonus_that_is_spent_cannot_be_taken_back(member: PageClient, team: Team, app_id: UUID) -> None:
    with_points(team.workspace_id, app_id, amount=40)
    path = the_latest(member)
    having_spent(team.workspace_id, app_id, amount=40)
    page = member.page(path)
    assert reversals(page) == []
    assert "spent" in page.text


def test_who_may_only_look_cannot_move_points(client: PageClient, team: Team, app_id: UUID) -> None:
    with_points(team.workspace_id, app_id)
    viewer = client.sign_in(team.members["viewer"])
    path = the_latest(viewer)
    assert reversals(viewer.page(path)) == []
    for refused in (GRANT, TAKE, f"{path}/reversals"):
        assert viewer.submit(refused, {"user_id": "u1", "amount": "5", "reason": "x"}).status_code == 403
    assert balance(team, app_id) == 100


def test_another_workspace_s_transaction_does_not_exist(
    client: PageClient, member: PageClient, team: Team, app_id: UUID
) -> None:
    with_points(team.workspace_id, app_id)
    path = the_latest(member)
    others = a_team("reef")
    an_app(others.workspace_id)
    client.sign_in(others.owner)
    there = path.replace("/w/tidepool/", "/w/reef/")
    assert client.get(there).status_code == 404
    assert client.submit(f"{there}/reversals").status_code == 404
    assert balance(team, app_id) == 100


def test_the_page_of_a_test_app_s_transaction(member: PageClient, team: Team) -> None:
    trial = an_app(team.workspace_id, "Staging", is_test=True)
    with_points(team.workspace_id, trial, amount=9)
    assert "Test" in member.page(the_latest(member)).text
    with unit_of_work(team.workspace_id):
        assert total("points_credited", last_days(1)).value == 0
