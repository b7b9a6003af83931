"""The pages of points: what they show, to whom, and how they are narrowed."""

import csv
from uuid import UUID

import pytest

from tests.factories.points import a_transaction, having_spent, with_points
from tests.factories.workspaces import Team, a_team, an_account, an_app
from tests.support.budget import counted
from tests.support.pages import Page, PageClient

HERE = "/w/tidepool/points"


def rows(page: Page, caption: str) -> list[list[str]]:
    """The cells of the table with this caption, row by row."""
    for table in page.all("table"):
        if " ".join("".join(table.find("caption").itertext()).split()) == caption:
            body = table.find("tbody")
            return [[" ".join(" ".join(cell.itertext()).split()) for cell in row] for row in body.iter("tr")]
    return []


def tile(page: Page, label: str) -> str:
    for item in page.all("li", class_="tile"):
        texts = ["".join(part.itertext()).strip() for part in item]
        if texts[0] == label:
            return texts[1]
    raise AssertionError(f"There is no tile {label}.")


def test_without_an_app_the_next_step_is_to_register_one(client: PageClient, team: Team) -> None:
    page = client.sign_in(team.members["member"]).page(HERE)
    assert "No app yet" in page.text
    assert page.all("a", href="/w/tidepool/apps/new")


def test_without_points_the_next_step_is_to_grant_some(member: PageClient, app_id: UUID) -> None:
    page = member.page(HERE)
    assert "No points yet" in page.text
    assert "/points/bonuses" in page.text
    assert page.all("a", href=f"{HERE}/bonuses/new")


@pytest.mark.parametrize("path", ["", "/balances", "/transactions"])
def test_who_may_only_look_is_offered_nothing_to_change(
    client: PageClient, team: Team, app_id: UUID, path: str
) -> None:
    viewer = client.sign_in(team.members["viewer"])
    assert "Grant points" not in viewer.page(HERE + path).text
    with_points(team.workspace_id, app_id)
    assert "Grant points" not in viewer.page(HERE + path).text


def test_the_figures_are_those_of_the_books(member: PageClient, team: Team, app_id: UUID) -> None:
    with_points(team.workspace_id, app_id, "u1", 1_200)
    with_points(team.workspace_id, app_id, "u2", 30)
    having_spent(team.workspace_id, app_id, "u1", 200)
    page = member.page(HERE)
    assert tile(page, "Outstanding") == "1,030"
    assert tile(page, "Granted") == "1,230"
    assert tile(page, "Spent or expired") == "200"
    assert tile(page, "People with points") == "2"
    assert rows(page, "Points by kind") == [["Bonus", "2", "1,230", "–"], ["Spent", "1", "–", "200"]]
    days = rows(page, "Granted and spent a day")
    assert (len(days), days[-1][1:]) == (30, ["1,230", "200"])
    assert [[row[0], *row[-2:]] for row in rows(page, "Latest transactions")] == [
        ["Spent sword", "−200", "1,000"],
        ["Bonus welcome", "+30", "30"],
        ["Bonus welcome", "+1,200", "1,200"],
    ]


def test_a_test_app_counts_in_no_sum_and_the_page_says_so(member: PageClient, team: Team, app_id: UUID) -> None:
    trial = an_app(team.workspace_id, "Staging", is_test=True)
    with_points(team.workspace_id, app_id, "u1", 70)
    with_points(team.workspace_id, trial, "t1", 5_000)
    page = member.page(HERE)
    assert (tile(page, "Outstanding"), tile(page, "Granted"), tile(page, "People with points")) == ("70", "70", "1")
    assert "counts in no sum" in page.text
    assert ["Staging Test Web, counts in no sum", "5,000", "1"] in rows(page, "Points by app")
    alone = member.page(f"{HERE}?app={trial}")
    assert "Staging is a test app" in alone.text
    assert [row[-1] for row in rows(alone, "Latest transactions")] == ["5,000"]
    assert len(rows(member.page(f"{HERE}/balances"), "Balances")) == 2


def test_the_overview_is_of_one_app_where_one_is_chosen(member: PageClient, team: Team, app_id: UUID) -> None:
    other = an_app(team.workspace_id, "Lagoon")
    with_points(team.workspace_id, app_id, "u1", 70)
    with_points(team.workspace_id, other, "u1", 5)
    page = member.page(f"{HERE}?app={other}&days=7")
    assert (tile(page, "Outstanding"), tile(page, "Granted")) == ("5", "5")
    assert len(rows(page, "Granted and spent a day")) == 7
    assert len(rows(page, "Latest transactions")) == 1


@pytest.mark.parametrize("query", ["?app=x", "?days=0", "?days=9999999", "?days=x", "?app=" + "9" * 5000])
def test_odd_filters_are_passed_over(member: PageClient, team: Team, app_id: UUID, query: str) -> None:
    with_points(team.workspace_id, app_id)
    assert tile(member.page(HERE + query), "Outstanding") == "100"


def test_balances_are_sorted_and_searched(member: PageClient, team: Team, app_id: UUID) -> None:
    for user_id, amount in (("ada", 5), ("ben", 500), ("bea", 50)):
        with_points(team.workspace_id, app_id, user_id, amount)
    with_points(team.workspace_id, app_id, "cleo", 40)
    having_spent(team.workspace_id, app_id, "cleo", 40)

    def listed(query: str) -> list[str]:
        return [row[0].split()[-1] for row in rows(member.page(f"{HERE}/balances{query}"), "Balances")]

    assert listed("") == ["ben", "bea", "ada"]
    assert listed("?sort=balance") == ["ada", "bea", "ben"]
    assert listed("?q=be") == ["ben", "bea"]
    assert "Nobody found" in member.page(f"{HERE}/balances?q=nobody").text
    assert "Nobody found" in member.page(f"{HERE}/balances?q=cleo").text


def test_transactions_are_narrowed_by_app_kind_and_person(member: PageClient, team: Team, app_id: UUID) -> None:
    other = an_app(team.workspace_id, "Lagoon")
    ada = with_points(team.workspace_id, app_id, "ada", 50)
    with_points(team.workspace_id, other, "ben", 7)
    having_spent(team.workspace_id, app_id, "ada", 20)

    def listed(query: str) -> list[str]:
        return [row[-2] for row in rows(member.page(f"{HERE}/transactions{query}"), "Transactions")]

    assert listed("") == ["−20", "+7", "+50"]
    assert listed(f"?app={other}") == ["+7"]
    assert listed("?kind=bonus") == ["+7", "+50"]
    assert listed(f"?kind=bonus&app={app_id}") == ["+50"]
    assert listed(f"?person={ada}") == ["−20", "+50"]
    assert "No such transaction" in member.page(f"{HERE}/transactions?kind=expiry").text


@pytest.mark.parametrize("narrowed", ["", "app", "person", "kind"])
def test_long_lists_are_walked_page_by_page(member: PageClient, team: Team, app_id: UUID, narrowed: str) -> None:
    ada = ""
    for number in range(1, 121):
        ada = str(with_points(team.workspace_id, app_id, "ada", number))
    query = {"": "", "app": f"?app={app_id}", "person": f"?person={ada}", "kind": "?kind=bonus"}[narrowed]
    path, seen = f"{HERE}/transactions{query}", []
    while path:
        page = member.page(path)
        seen += [int(row[-2]) for row in rows(page, "Transactions")]
        path = next((link.get("href") for link in page.all("a", rel="next")), "")
    assert seen == list(range(120, 0, -1))
    back = next(link.get("href") for link in page.all("a", rel="prev"))
    assert len(rows(member.page(back), "Transactions")) == 50


def test_files_are_safe_for_spreadsheets(member: PageClient, team: Team, app_id: UUID) -> None:
    with_points(team.workspace_id, app_id, '=HYPERLINK("x")', 5, reason="@SUM(A1)")
    answer = member.get(f"{HERE}/balances?format=csv")
    assert answer.mimetype == "text/csv"
    (head, line) = csv.reader(answer.text.splitlines())
    assert (head[0], line[0]) == ("User id", '\'=HYPERLINK("x")')
    (head, line) = csv.reader(member.get(f"{HERE}/transactions?format=csv").text.splitlines())
    told = dict(zip(head, line, strict=True))
    assert (told["User id"], told["Reason"], told["Points"]) == ('\'=HYPERLINK("x")', "'@SUM(A1)", "5")


def test_a_file_holds_everything(member: PageClient, team: Team, app_id: UUID) -> None:
    for number in range(1, 60):
        with_points(team.workspace_id, app_id, f"u{number}", number)
    assert len(member.get(f"{HERE}/balances?format=csv").text.splitlines()) == 60
    assert len(member.get(f"{HERE}/transactions?format=csv").text.splitlines()) == 60


@pytest.mark.parametrize(("path", "most"), [("", 16), ("/balances", 10), ("/transactions", 10)])
def test_a_page_asks_no_more_however_much_there_is(
    member: PageClient, team: Team, app_id: UUID, path: str, most: int
) -> None:
    an_app(team.workspace_id, "Lagoon")
    for number in range(1, 40):
        with_points(team.workspace_id, app_id, f"u{number}", number)
    member.page(HERE + path)
    with counted() as statements:
        member.page(HERE + path)
    assert len(statements) <= most, "\n".join(statements)


def test_a_person_s_page_tells_of_their_points(member: PageClient, team: Team, app_id: UUID) -> None:
    ada = with_points(team.workspace_id, app_id, "ada", 50)
    having_spent(team.workspace_id, app_id, "ada", 20)
    page = member.page(f"/w/tidepool/people/{ada}")
    assert [row[0] for row in rows(page, "Latest transactions")] == ["Spent sword", "Bonus welcome"]
    assert "+50 points" in page.text
    assert "Bonus: welcome" in page.text
    assert page.all("a", href=f"{HERE}/bonuses/new?person={ada}")


def test_strangers_see_nothing(client: PageClient, team: Team, app_id: UUID) -> None:
    ada = with_points(team.workspace_id, app_id)
    others = a_team("reef")
    client.sign_in(others.owner)
    for path in ("", "/balances", "/transactions"):
        assert client.get(HERE + path).status_code == 404
    for path in (f"transactions?person={ada}", f"bonuses/new?person={ada}", f"spends/new?person={ada}"):
        assert client.get(f"/w/reef/points/{path}").status_code == 404
    client.sign_in(an_account("Nosy"))
    assert client.get(HERE).status_code == 404


def test_a_transaction_is_found_by_its_id(member: PageClient, team: Team, app_id: UUID) -> None:
    ada = with_points(team.workspace_id, app_id, "ada", 50)
    transaction_id = a_transaction(team.workspace_id, ada)
    page = member.page(f"/w/tidepool/search?q={transaction_id}")
    assert page.all("a", href=f"{HERE}/transactions/{transaction_id}")
