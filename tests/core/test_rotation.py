"""`flask rotate-keys` leaves nothing under an old key, and says so."""

from dataclasses import replace

import pytest
from sqlalchemy import select, text

from app.accounts.models import Account, SecondFactor
from app.core import commands, rotation
from app.core.crypto import Sealed
from app.core.db import metadata, session
from app.core.outbox import post
from app.core.tables import OutboxMessage
from app.core.tenancy import SYSTEM_WORKSPACE, unit_of_work
from app.factory import Guerdon
from tests.factories.workspaces import a_workspace, an_account

NEW = b"n" * 32


def with_new_key(app: Guerdon, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {**app.settings.encryption_keys, 2: NEW}
    monkeypatch.setattr(app, "settings", replace(app.settings, encryption_keys=keys))


def without_old_key(app: Guerdon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "settings", replace(app.settings, encryption_keys={2: NEW}))


def filled() -> tuple[int, list[str]]:
    """Rows in a global table and in the tables of two workspaces."""
    for number in range(7):
        account = an_account(f"Person {number}")
        with unit_of_work():
            session.add(SecondFactor(account_id=account, secret=f"secret {number}"))
    places = [SYSTEM_WORKSPACE, a_workspace("one-of-two"), a_workspace("two-of-two")]
    for place in places:
        with unit_of_work(place):
            post("email", f"{place}@example.org", {"subject": "s", "text": "t", "html": "h"})
    return 7, sorted(f"{place}@example.org" for place in places)


def secrets() -> list[str]:
    with unit_of_work():
        return list(session.scalars(select(SecondFactor.secret).order_by(SecondFactor.id)))


def destinations() -> list[str]:
    with unit_of_work(role="staff"):
        return sorted(session.scalars(select(OutboxMessage.destination)))


def test_everything_sealed_is_sealed_anew(app: Guerdon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "BATCH", 2)
    factors, mails = filled()
    with_new_key(app, monkeypatch)
    outcomes = {outcome.table: outcome for outcome in rotation.rotate()}
    assert outcomes["second_factor"].sealed_anew == factors
    assert outcomes["outbox_message"].sealed_anew == len(mails)
    assert all(set(outcome.versions) <= {2} for outcome in outcomes.values())
    without_old_key(app, monkeypatch)
    assert secrets() == [f"secret {number}" for number in range(factors)]
    assert destinations() == mails


def test_every_sealed_column_is_found(app: Guerdon) -> None:
    found = {outcome.table for outcome in rotation.rotate()}
    declared = {
        column.table.name
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Sealed)
    }
    assert found == declared >= {"account", "account_session", "second_factor", "outbox_message", "idempotency_key"}


def test_again_there_is_nothing_to_do(app: Guerdon, monkeypatch: pytest.MonkeyPatch) -> None:
    filled()
    with_new_key(app, monkeypatch)
    list(rotation.rotate())
    assert sum(outcome.sealed_anew for outcome in rotation.rotate()) == 0


def test_nothing_stays_nothing(app: Guerdon, monkeypatch: pytest.MonkeyPatch) -> None:
    account = an_account()
    with_new_key(app, monkeypatch)
    list(rotation.rotate())
    with unit_of_work():
        assert session.get_one(Account, account).last_login_ip is None


def test_what_cannot_be_read_is_counted_and_left(app: Guerdon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "BATCH", 2)
    factors, _ = filled()
    with unit_of_work():
        session.execute(
            text(
                "UPDATE second_factor SET secret = '\\x09ffff' WHERE id IN (SELECT id FROM second_factor ORDER BY id LIMIT 3)"
            )
        )
    with_new_key(app, monkeypatch)
    result = app.test_cli_runner().invoke(commands.rotate_keys)
    assert result.exit_code == 1
    assert f"second_factor: {factors - 3} sealed anew, 3 unreadable" in result.output
    assert "Key 9 still seals 3 values, but is not listed." in result.output


def test_the_command_says_which_key_may_go(app: Guerdon, monkeypatch: pytest.MonkeyPatch) -> None:
    filled()
    keys = {**app.settings.encryption_keys, 2: b"m" * 32, 3: NEW}
    monkeypatch.setattr(app, "settings", replace(app.settings, encryption_keys=keys))
    result = app.test_cli_runner().invoke(commands.rotate_keys)
    assert result.exit_code == 0, result.output
    assert "second_factor: 7 sealed anew, 0 unreadable" in result.output
    assert "Key 1 seals nothing, but makes the keyed hashes." in result.output
    assert "Key 2 is no longer in use and can be taken away." in result.output
    assert "Key 3 is the newest and seals 13 values." in result.output
