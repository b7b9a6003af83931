"""Recomputing finds whatever was damaged, and nothing where nothing was."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core.clock import now
from app.core.db import session
from app.core.ids import new_id
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from app.ledger import jobs
from app.ledger.commands import ledger
from app.ledger.operations import move_all, reverse, transfer, verify
from app.notifications.models import Notification
from tests.factories.ledger import Till, a_cause
from tests.factories.workspaces import a_team


@pytest.fixture
def till(app: Guerdon) -> Till:
    """Something of everything has happened."""
    till = Till(a_team().workspace_id)
    ines, otto = till.person(), till.person()
    till.give(ines, 100, expires_at=now() + timedelta(days=9))
    till.give(ines, 100)
    till.give(ines, 50, provenance="ad")
    spent = till.take(ines, 120)
    with unit_of_work(till.workspace_id):
        transfer(ines, otto, till.unit, 30, provenance="bonus", kind="gift", cause=a_cause())
        reverse(spent[0].id)
        till.join(ines, otto)
        move_all(ines, otto, cause=a_cause())
    return till


@contextmanager
def damage() -> Iterator[None]:
    """As whoever owns the database could do it, with all triggers off."""
    session.execute(text("RESET ROLE"))
    session.execute(text("SET LOCAL session_replication_role = replica"))
    yield
    session.execute(text("SET LOCAL session_replication_role = origin"))
    session.execute(text("SET LOCAL ROLE guerdon_app"))


def test_there_is_no_difference(till: Till) -> None:
    with unit_of_work(till.workspace_id):
        assert verify() == []
    with unit_of_work(role="staff"):
        assert verify() == []


PERSONS = "(SELECT id FROM account_book WHERE owner_kind = 'person' AND lifetime_in > 0 ORDER BY balance DESC LIMIT 1)"
GIFT = "(SELECT id FROM transfer WHERE kind = 'gift')"
DAMAGE = {
    "a balance": (f"UPDATE account_book SET balance = balance + 1 WHERE id = {PERSONS}", "books", "its balance is"),
    "what was earned": (
        f"UPDATE account_book SET lifetime_in = 999 WHERE id = {PERSONS}",
        "books",
        "lifetime in is 999",
    ),
    "what was spent": (f"UPDATE account_book SET lifetime_out = 9 WHERE id = {PERSONS}", "books", "lifetime out is 9"),
    "what expires": ("UPDATE account_book SET expiring = 0 WHERE expiring > 0", "books", "its expiring is 0"),
    "a total": ("UPDATE holding SET available = available + 1 WHERE entries > 0", "holdings", "its available is"),
    "a count of entries": ("UPDATE holding SET entries = 99", "holdings", "its entries is 99"),
    "a lot": ("UPDATE point_lot SET remaining = remaining + 1 WHERE remaining > 0", "lots", "expires at"),
    "a lost lot": ("DELETE FROM point_lot WHERE remaining > 0", "lots", "expires at"),
    "an invented lot": (
        f"INSERT INTO point_lot SELECT workspace_id, id, now(), 1 FROM account_book WHERE id = {PERSONS}",
        "lots",
        "expires at",
    ),
    "an amount": (f"UPDATE transfer SET amount = amount + 1 WHERE id = {GIFT}", "books", "its transfers make it"),
    "a lost transfer": (f"DELETE FROM transfer WHERE id = {GIFT}", "entries", "number of the entry"),
    "a balance after": (
        f"UPDATE transfer SET to_after = 1 WHERE id = {GIFT}",
        "entries",
        "balance of the book after it is 1",
    ),
    "a total after": (
        f"UPDATE transfer SET from_total_after = NULL WHERE id = {GIFT}",
        "entries",
        "total after it is empty",
    ),
    "an entry's number": (
        f"UPDATE transfer SET from_entry = 77 WHERE id = {GIFT}",
        "entries",
        "number of the entry is 77",
    ),
    "the order": (f"UPDATE transfer SET number = 0 WHERE id = {GIFT}", "entries", "number of the entry"),
    "a holding": (
        f"UPDATE transfer SET to_holding = from_holding WHERE id = {GIFT}",
        "transfers",
        "not that of its book",
    ),
    "the platform's side": (
        "UPDATE transfer SET to_after = 5 WHERE kind = 'points_spent'",
        "transfers",
        "keeps no balance",
    ),
    "a book that is gone": (
        "UPDATE transfer SET from_book = workspace_id WHERE kind = 'gift'",
        "transfers",
        "does not exist",
    ),
    "a unit": (f"UPDATE transfer SET unit = 'USD' WHERE id = {GIFT}", "transfers", "different units"),
    "a reversal": ("UPDATE transfer SET amount = 1 WHERE kind = 'points_spent'", "transfers", "no mirror"),
    "a reversal's name": ("UPDATE transfer SET kind = 'bonus' WHERE kind = 'reversal'", "transfers", "by its name"),
    "points of ads": (
        "ALTER TABLE account_book DROP CONSTRAINT account_book_once;"
        "UPDATE account_book SET provenance = 'ad' WHERE id IN (SELECT from_book FROM transfer WHERE kind = 'gift')",
        "transfers",
        "earned by ads",
    ),
    "whose a book is": (
        f"UPDATE account_book SET owner_id = workspace_id WHERE id = {PERSONS}",
        "places",
        "of its owner",
    ),
    "a book below zero": (
        "ALTER TABLE account_book DROP CONSTRAINT account_book_not_overdrawn,"
        f" DROP CONSTRAINT account_book_lots_within_balance; UPDATE account_book SET balance = -3 WHERE id = {PERSONS}",
        "bounds",
        "holds -3",
    ),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_each_sort_of_damage_is_named(till: Till, what: str) -> None:
    statement, rule, words = DAMAGE[what]
    with unit_of_work(till.workspace_id), session.begin_nested() as savepoint:
        with damage():
            changed = [session.execute(text(part)).rowcount for part in statement.split(";")]
        assert changed[-1] > 0
        found = verify()
        assert [one for one in found if one.rule == rule and words in one.words], found
        assert {one.workspace_id for one in found} == {till.workspace_id}
        savepoint.rollback()


def test_the_command_prints_what_differs_and_fails(till: Till, app: Guerdon) -> None:
    said = app.test_cli_runner().invoke(ledger, ["verify"])
    assert (said.exit_code, said.output) == (0, "Every balance, entry and lot follows from the transfers.\n")
    with unit_of_work(till.workspace_id), damage():
        session.execute(text("UPDATE account_book SET balance = balance + 5 WHERE balance = 200"))
    said = app.test_cli_runner().invoke(ledger, ["verify"])
    assert said.exit_code == 1
    assert "says that its balance is 205; its transfers make it 200." in said.output
    assert "Differences: 1." in said.output


def test_the_team_hears_of_it_the_next_morning(till: Till) -> None:
    def notices() -> list[str]:
        with unit_of_work(till.workspace_id):
            return [notice.title for notice in session.query(Notification)]

    jobs.verify_books()
    jobs.verify_in(str(till.workspace_id))
    assert notices() == []
    with unit_of_work(till.workspace_id), damage():
        session.execute(text("UPDATE holding SET entries = 99"))
    jobs.verify_in(str(till.workspace_id))
    assert notices() == ["The books do not add up"] * 2
    jobs.verify_in(str(new_id()))
