"""Lists page by page, and as files that a spreadsheet cannot be harmed by."""

import csv
import io

import pytest
from flask import Flask, Response
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.accounts.models import Account
from app.core.pages import FORMULA, as_csv, cell, chosen, newest_first, numbered, sought
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from tests.factories.workspaces import an_account

CELLS = (
    st.text()
    | st.integers()
    | st.none()
    | st.booleans()
    | st.from_regex(r"\A[ ]*[=+\-@\t\r\n＝＋－＠].*", fullmatch=True)
)


def read(response: Response) -> list[list[str]]:
    return list(csv.reader(io.StringIO(response.get_data(as_text=True), newline="")))


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=5))
def test_no_cell_is_a_formula_and_none_is_lost(rows: list[list[object]]) -> None:
    with Flask(__name__).test_request_context():
        head, *found = read(as_csv("list", ("A", "B", "C"), rows))
    assert head == ["A", "B", "C"]
    assert len(found) == len(rows)
    for line, row in zip(found, rows, strict=True):
        for written, value in zip(line, row, strict=True):
            if isinstance(value, str):
                assert not written.lstrip(" ").startswith(FORMULA)
                assert written.removeprefix("'") == value.removeprefix("'")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=1+1", "'=1+1"),
        (" =1", "' =1"),
        ("-5", "'-5"),
        (-5, -5),
        (1.5, 1.5),
        (True, "yes"),
        (None, ""),
        ("a=b", "a=b"),
    ],
)
def test_a_cell(value: object, written: object) -> None:
    assert cell(value) == written


def asked(app: Guerdon, query: str) -> object:
    return app.test_request_context(f"/list?{query}")


def people(*names: str) -> None:
    for name in names:
        an_account(name)


def test_pages_by_number(app: Guerdon) -> None:
    people("C", "A", "B")
    for query, names, first, last in (
        ("", ["A", "B"], 1, 2),
        ("page=2", ["C"], 3, 3),
        ("page=99", ["C"], 3, 3),
        ("page=0", ["A", "B"], 1, 2),
        ("page=-3", ["A", "B"], 1, 2),
        ("page=99999999999999999999999", ["C"], 3, 3),
        ("sort=-name", ["C", "B"], 1, 2),
        ("sort=password_hash", ["A", "B"], 1, 2),
    ):
        with app.test_request_context(f"/list?{query}"), unit_of_work():
            page = numbered(select(Account.name), {"name": Account.name}, default="name", tie=Account.id, size=2)
            assert (list(page.items), page.first, page.last, page.total) == (names, first, last, 3), query


def test_an_empty_list_is_a_page_too(app: Guerdon) -> None:
    with app.test_request_context("/list?page=5"), unit_of_work():
        page = numbered(select(Account.name), {"name": Account.name}, default="name", tie=Account.id)
        assert (list(page.items), page.total, page.previous_url, page.next_url) == ([], 0, None, None)
        assert newest_first(select(Account), Account.id).next_url is None


def test_pages_by_id_go_there_and_back(app: Guerdon) -> None:
    people(*"ABCDE")

    def names(address: str) -> tuple[list[str], str | None, str | None]:
        with app.test_request_context(address), unit_of_work():
            page = newest_first(select(Account), Account.id, size=2)
            return [account.name for account in page.items], page.previous_url, page.next_url

    first, none, on = names("/list?q=x")
    assert (first, none) == (["E", "D"], None)
    second, back, on = names(str(on))
    assert second == ["C", "B"]
    assert back
    assert "q=x" in back
    third, back, end = names(str(on))
    assert (third, end) == (["A"], None)
    assert names(str(back))[0] == ["C", "B"]
    start = names(str(names(str(back))[1]))
    assert (start[0], start[1]) == (["E", "D"], None)
    assert names("/list?before=junk&after=junk")[0] == ["E", "D"]


def test_filters_that_do_not_exist_are_none(app: Guerdon) -> None:
    with app.test_request_context("/list?state=active&kind=x&q=%20a%20"):
        assert chosen("state", {"active"}) == "active"
        assert chosen("kind", {"secret"}) is None
        assert chosen("nothing", {"secret"}) is None
        assert sought() == "a"
