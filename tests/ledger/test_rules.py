"""What the database refuses by itself: plain SQL as the role the application has, the operations bypassed."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import errors
from sqlalchemy.exc import IntegrityError

from app.core.errors import explanation
from app.core.ids import new_id
from app.factory import Guerdon
from tests.factories.ledger import Till

BOOK = """
    INSERT INTO account_book (workspace_id, id, owner_kind, owner_id, unit, provenance, purpose, keeps_balance)
    VALUES (%(workspace)s, %(id)s, %(kind)s, %(owner)s, %(unit)s, %(provenance)s, %(purpose)s, %(keeps)s)
"""
TRANSFER = """
    INSERT INTO transfer (workspace_id, id, from_book, to_book, unit, amount, kind, cause_kind, cause_id, cause_part,
                          reverses, lots, metadata)
    VALUES (%(workspace)s, %(id)s, %(source)s, %(target)s, %(unit)s, %(amount)s, %(kind)s, 'test', %(cause)s, 0,
            %(reverses)s, %(lots)s, '{}')
"""


class Books:
    """A workspace's books as somebody with the application's password could write them."""

    def __init__(self, connection: psycopg.Connection[Any], till: Till) -> None:
        self.connection, self.till = connection, till
        self.issuance = self.open("platform", new_id(), provenance="issuance")
        self.ines, self.otto = new_id(), new_id()
        self.bonus, self.ad = self.open("person", self.ines), self.open("person", self.ines, provenance="ad")
        self.others = self.open("person", self.otto)
        self.credit = self.move(self.issuance, self.bonus, 100)
        self.move(self.issuance, self.ad, 100)

    def run(self, statement: str, **values: Any) -> list[Any]:
        cursor = self.connection.execute(statement, {"workspace": self.till.workspace_id, **values})
        return cursor.fetchall() if cursor.description else []

    def open(self, kind: str, owner: UUID, **values: Any) -> UUID:
        values = {"id": new_id(), "unit": self.till.unit, "provenance": "bonus", "purpose": "available"} | values
        self.run(BOOK, **{"kind": kind, "owner": owner, "keeps": kind != "platform"} | values)
        return UUID(str(values["id"]))

    def move(self, source: UUID, target: UUID, amount: int, *, sql: str = TRANSFER, **values: Any) -> UUID:
        values = {"id": new_id(), "cause": str(new_id()), "kind": "bonus", "reverses": None, "lots": None} | values
        if values["reverses"] and values["kind"] == "bonus":
            values["kind"] = "reversal"
        self.run(sql, **{"source": source, "target": target, "amount": amount, "unit": self.till.unit} | values)
        return UUID(str(values["id"]))

    def balance(self, book: UUID) -> int:
        return int(self.run("SELECT balance FROM account_book WHERE id = %(id)s", id=book)[0][0])


@pytest.fixture
def till(committing_app: Guerdon) -> Till:
    with committing_app.app_context():
        return Till()


@pytest.fixture
def books(committing_app: Guerdon, till: Till) -> Iterator[Books]:
    url = committing_app.settings.database_url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(url) as connection:
        connection.execute(f"SET app.workspace_id = '{till.workspace_id}'")
        assert connection.execute("SELECT current_user").fetchone() == ("guerdon_app",)
        yield Books(connection, till)
        connection.rollback()


def refused(books: Books, attempt: Callable[[], Any], by: str | None) -> None:
    """By this rule; by having no right to, where none is named."""
    with pytest.raises(psycopg.Error) as error, books.connection.transaction():
        attempt()
    if by is None:
        assert isinstance(error.value, errors.InsufficientPrivilege)
        return
    assert isinstance(error.value, errors.IntegrityError), error.value
    assert error.value.diag.constraint_name == by
    told = explanation(IntegrityError("", {}, error.value))
    assert told is not None, "This rule is not explained in words."
    assert told.message


def test_a_book_is_not_overdrawn(books: Books) -> None:
    refused(books, lambda: books.move(books.bonus, books.issuance, 101), "account_book_not_overdrawn")
    books.move(books.bonus, books.issuance, 100)
    refused(books, lambda: books.move(books.bonus, books.issuance, 1), "account_book_not_overdrawn")


def test_a_transfer_moves_something_and_not_too_much(books: Books) -> None:
    for amount, rule in ((0, "positive"), (-5, "positive"), (10**15 + 1, "bounded")):
        refused(books, lambda a=amount: books.move(books.issuance, books.bonus, a), f"transfer_amount_{rule}")
    refused(books, lambda: books.move(books.bonus, books.bonus, 1), "transfer_between_two_books")


def test_both_books_are_of_one_unit_and_of_the_workspace(books: Books) -> None:
    dollars = books.open("person", books.ines, unit="USD", provenance="earned")
    refused(books, lambda: books.move(books.issuance, dollars, 1), "transfer_to_book_of_unit")
    refused(books, lambda: books.move(books.issuance, dollars, 1, unit="USD"), "transfer_from_book_of_unit")
    refused(books, lambda: books.move(books.issuance, new_id(), 1), "transfer_to_book_of_unit")


def test_a_book_of_another_workspace_is_out_of_reach(books: Books, committing_app: Guerdon) -> None:
    with committing_app.app_context():
        other = Till()
        given = other.give(other.person(), 50)
    books.run("SELECT set_config('app.workspace_id', %(id)s, false)", id=str(other.workspace_id))
    [(source, theirs)] = books.run("SELECT from_book, to_book FROM transfer WHERE id = %(id)s", id=given.id)
    books.run("SELECT set_config('app.workspace_id', %(id)s, false)", id=str(books.till.workspace_id))
    assert books.run("SELECT * FROM account_book WHERE id = %(id)s", id=theirs) == []
    refused(books, lambda: books.move(books.issuance, theirs, 1), "transfer_to_book_of_unit")
    # Named as theirs, the row is refused by its policy, and what its trigger had locked is let go.
    refused(
        books,
        lambda: books.move(source, theirs, 1, sql=TRANSFER.replace("%(workspace)s", f"'{other.workspace_id}'")),
        None,
    )


def test_nobody_changes_or_deletes_what_was_booked(books: Books) -> None:
    for statement in (
        "UPDATE transfer SET amount = 1",
        "DELETE FROM transfer",
        "TRUNCATE transfer",
        "UPDATE account_book SET balance = 10",
        "UPDATE account_book SET lifetime_in = 10",
        "UPDATE holding SET available = 10",
        "UPDATE point_lot SET remaining = 10",
        "DELETE FROM account_book",
        "DELETE FROM holding",
        "INSERT INTO point_lot SELECT workspace_id, id, now(), 5 FROM account_book",
        "INSERT INTO holding SELECT * FROM holding",
        "SET LOCAL session_replication_role = replica",
        "ALTER TABLE transfer DISABLE TRIGGER ALL",
        "SELECT nextval('transfer_number')",
    ):
        refused(books, lambda s=statement: books.run(s), None)


def test_not_even_the_owner_changes_a_transfer_by_the_way(books: Books, committing_app: Guerdon) -> None:
    """Staff have the same rights to it as the application: none."""
    url = committing_app.settings.database_staff_url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(url) as staff:
        for statement in ("UPDATE transfer SET amount = 1", "UPDATE account_book SET balance = 1"):
            with pytest.raises(errors.InsufficientPrivilege), staff.transaction():
                staff.execute(statement)


def test_a_book_begins_with_nothing(books: Books) -> None:
    for column in ("balance", "lifetime_in", "lifetime_out", "expiring", "holding_id"):
        value = "NULL" if column == "holding_id" else "5"
        statement = BOOK.replace("keeps_balance)", f"keeps_balance, {column})").replace("%(keeps)s)", f"true, {value})")
        refused(
            books,
            lambda s=statement: books.run(
                s, id=new_id(), kind="person", owner=new_id(), unit="USD", provenance="earned", purpose="available"
            ),
            None,
        )


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"provenance": "Bonus!"}, "account_book_provenance_form"),
        ({"unit": "points"}, "account_book_unit_form"),
        ({"purpose": "hidden"}, "account_book_purpose_known"),
        ({"keeps": False}, "account_book_platform_keeps_no_balance"),
    ],
)
def test_a_book_is_opened_in_good_form(books: Books, values: dict[str, Any], rule: str) -> None:
    refused(books, lambda: books.open("person", new_id(), **values), rule)
    refused(books, lambda: books.open("ghost", new_id(), keeps=True), "account_book_owner_kind_known")


def test_nothing_is_booked_twice_for_one_cause(books: Books) -> None:
    books.move(books.issuance, books.bonus, 5, cause="once")
    refused(books, lambda: books.move(books.issuance, books.others, 5, cause="once"), "transfer_cause_once")
    # Left out without an error, it has changed nothing either.
    books.move(books.issuance, books.bonus, 5, cause="once", sql=TRANSFER + "ON CONFLICT DO NOTHING")
    books.move(
        books.issuance, books.bonus, 5, id=books.credit, sql=TRANSFER + "ON CONFLICT (workspace_id, id) DO NOTHING"
    )
    assert books.balance(books.bonus) == 105
    assert books.run("SELECT entries FROM holding WHERE owner_id = %(id)s", id=books.ines) == [(3,)]


def test_a_reversal_is_a_mirror_and_happens_once(books: Books) -> None:
    gift = books.move(books.bonus, books.others, 40)
    rule = "transfer_reversal_goes_back"
    refused(books, lambda: books.move(books.bonus, books.others, 40, reverses=gift), rule)
    refused(books, lambda: books.move(books.others, books.ad, 40, reverses=gift), rule)
    refused(books, lambda: books.move(books.others, books.bonus, 41, reverses=gift), rule)
    refused(books, lambda: books.move(books.others, books.bonus, 40, reverses=new_id()), rule)
    named = "transfer_reversal_names_its_transfer"
    refused(books, lambda: books.move(books.others, books.bonus, 40, kind="reversal"), named)
    refused(books, lambda: books.move(books.others, books.bonus, 40, kind="gift", reverses=gift), named)
    back = books.move(books.others, books.bonus, 30, reverses=gift)
    refused(books, lambda: books.move(books.others, books.bonus, 10, reverses=gift), "transfer_reversed_once")
    refused(books, lambda: books.move(books.bonus, books.others, 30, reverses=back), rule)
    assert (books.balance(books.bonus), books.balance(books.others)) == (90, 10)


def test_a_reversed_credit_was_never_earned_and_a_reversed_spend_never_spent(books: Books) -> None:
    spent = books.move(books.bonus, books.issuance, 60)
    books.move(books.issuance, books.bonus, 60, reverses=spent)
    books.move(books.bonus, books.issuance, 100, reverses=books.credit)
    query = "SELECT balance, lifetime_in, lifetime_out FROM account_book WHERE id = %(id)s"
    assert books.run(query, id=books.bonus) == [(0, 0, 0)]


def test_points_earned_by_ads_stay_with_who_earned_them(books: Books) -> None:
    rule = "transfer_ad_points_stay"
    refused(books, lambda: books.move(books.ad, books.others, 1), rule)
    refused(books, lambda: books.move(books.ad, books.open("person", books.otto, provenance="ad"), 1), rule)
    refused(books, lambda: books.move(books.ad, books.bonus, 1), rule)
    books.move(books.ad, books.open("person", books.ines, provenance="ad", purpose="reserved"), 1)
    books.move(books.ad, books.issuance, 1)


def test_only_parts_of_one_person_share_a_balance(books: Books, committing_app: Guerdon) -> None:
    rule = "transfer_merge_within_one_person"
    refused(books, lambda: books.move(books.bonus, books.others, 1, kind="merge"), rule)
    with committing_app.app_context():
        whole = books.till.person()
        ines, otto, part = whole.id, books.till.person().id, books.till.person(merged_into=whole).id
    mine, theirs = (books.open("person", person) for person in (ines, otto))
    parts = books.open("person", part)
    ads = books.open("person", ines, provenance="ad")
    books.move(books.issuance, parts, 10)
    refused(books, lambda: books.move(parts, theirs, 1, kind="merge"), rule)
    refused(books, lambda: books.move(parts, ads, 1, kind="merge"), rule)
    refused(books, lambda: books.move(books.issuance, mine, 1, kind="merge"), rule)
    books.move(parts, mine, 10, kind="merge")
    query = "SELECT sum(lifetime_in), sum(lifetime_out), sum(balance) FROM account_book WHERE id = ANY (%(ids)s)"
    assert books.run(query, ids=[parts, mine]) == [(10, 0, 10)]


def test_forged_after_balances_are_overwritten(books: Books) -> None:
    forged = TRANSFER.replace(
        "metadata)", "metadata, to_after, to_total_after, to_entry, number, from_after, from_holding)"
    )
    forged = forged.replace("'{}')", "'{}', 10000, 10000, 10000, 10000, 10000, %(id)s)")
    moved = books.move(books.issuance, books.bonus, 5, sql=forged)
    query = """SELECT to_after, to_total_after, to_entry, from_after, from_total_after, from_entry, from_holding, number > 9999
                 FROM transfer WHERE id = %(id)s"""
    assert books.run(query, id=moved) == [(105, 205, 3, None, None, None, None, False)]


def test_two_transfers_of_one_owner_are_two_statements(books: Books) -> None:
    row = TRANSFER[TRANSFER.index("(%(workspace)s") :]
    two = TRANSFER + "," + row.replace("%(id)s", "%(id2)s").replace("%(cause)s", "'another'")
    refused(books, lambda: books.move(books.issuance, books.bonus, 5, sql=two, id2=new_id()), "transfer_one_at_a_time")
    both = (
        TRANSFER
        + ","
        + row.replace("%(id)s", "%(id2)s").replace("%(cause)s", "'another'").replace("%(target)s", "%(other)s")
    )
    books.move(books.issuance, books.bonus, 5, sql=both, id2=new_id(), other=books.others)
    assert (books.balance(books.bonus), books.balance(books.others)) == (105, 5)


@pytest.mark.parametrize(
    ("lots", "rule"),
    [
        ('[{"expires_at": "2030-01-01T00:00:00Z", "amount": 11}]', "transfer_lots_within_amount"),
        ('[{"expires_at": "2030-01-01T00:00:00Z", "amount": 0}]', "transfer_lots_within_amount"),
        ('[{"amount": 1}]', "transfer_lots_within_amount"),
        ("[]", "transfer_lots_within_amount"),
        (
            '[{"expires_at": "2030-01-01T00:00:00Z", "amount": 1}, {"expires_at": "2030-01-01T01:00:00+01:00", "amount": 1}]',
            "transfer_lots_within_amount",
        ),
    ],
)
def test_what_expires_is_part_of_the_amount(books: Books, lots: str, rule: str) -> None:
    refused(books, lambda: books.move(books.issuance, books.bonus, 10, lots=lots), rule)


def test_what_expires_can_only_be_taken_by_name(books: Books) -> None:
    lots = '[{"expires_at": "2030-01-01T00:00:00Z", "amount": 10}]'
    books.move(books.issuance, books.bonus, 10, lots=lots)
    refused(books, lambda: books.move(books.bonus, books.issuance, 101), "account_book_lots_within_balance")
    other = lots.replace("2030", "2031")
    refused(books, lambda: books.move(books.bonus, books.issuance, 10, lots=other), "point_lot_not_overdrawn")
    more = lots.replace("10}", "11}")
    refused(books, lambda: books.move(books.bonus, books.issuance, 20, lots=more), "point_lot_not_overdrawn")
    books.move(books.bonus, books.others, 20, lots=lots)
    assert books.run("SELECT book_id, remaining FROM point_lot WHERE remaining > 0") == [(books.others, 10)]


def test_a_cause_and_a_kind_have_a_form(books: Books) -> None:
    refused(books, lambda: books.move(books.issuance, books.bonus, 1, kind="Bonus"), "transfer_kind_form")
    refused(books, lambda: books.move(books.issuance, books.bonus, 1, cause="x" * 256), "transfer_cause_length")
