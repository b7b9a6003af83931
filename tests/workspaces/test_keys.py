"""How keys are written, and what happens to them."""

import threading
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.clock import now
from app.core.db import session
from app.core.errors import Conflict, Invalid
from app.core.ids import new_id
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from app.workspaces.credentials import FORM, abbreviated, mint, read
from app.workspaces.operations.keys import make_secret_key, note_use, revoke_key, rotate_key
from app.workspaces.origins import normal_origins
from app.workspaces.queries.keys import key_by_id, keys
from tests.factories.workspaces import a_workspace


@given(number=st.integers(0, 2**128 - 1), kind=st.sampled_from(["publishable", "secret"]))
def test_a_key_says_where_it_belongs(number: int, kind: str) -> None:
    text, prefix = mint(kind, UUID(int=number))
    credential = read(text)
    assert credential is not None
    assert (credential.kind, credential.workspace_id, credential.prefix) == (kind, UUID(int=number), prefix)
    assert FORM.fullmatch(text)


@given(st.text() | st.from_regex(FORM) | st.from_regex(r"sk_z{22}_[0-9a-z]{40}", fullmatch=True))
def test_any_text_is_a_key_or_none(text: str) -> None:
    credential = read(text)
    assert credential is None or FORM.fullmatch(text)


def test_no_two_keys_are_alike_and_lists_do_not_show_them() -> None:
    workspace_id = new_id()
    minted = {mint("secret", workspace_id) for _ in range(1000)}
    assert len(minted) == len({prefix for _, prefix in minted}) == 1000
    text, prefix = minted.pop()
    assert abbreviated("secret", prefix) == f"sk_…_{text[-40:-32]}…"


@given(st.text())
def test_any_text_is_an_origin_or_refused(text: str) -> None:
    try:
        found = normal_origins([text])
    except Invalid:
        return
    assert found == normal_origins(found)


@pytest.mark.parametrize(
    "text", ["null", "*", "ftp://a.example", "https://", "https://a@b.example", "https://[::1", "//a.example"]
)
def test_what_no_browser_sends_is_no_origin(text: str) -> None:
    with pytest.raises(Invalid):
        normal_origins([text])


@pytest.fixture
def workspace_id(app: Guerdon) -> UUID:
    return a_workspace()


def test_a_dead_key_is_not_rotated(workspace_id: UUID) -> None:
    with unit_of_work(workspace_id):
        key = make_secret_key("Game server", None, ["read"]).key
        revoke_key(key.id)
        with pytest.raises(Conflict, match="is revoked"):
            rotate_key(key.id, timedelta(hours=24))
        old = make_secret_key("Old", None, ["read"], expires_at=now()).key
        with pytest.raises(Conflict, match="is expired"):
            rotate_key(old.id, timedelta(hours=24))


def test_states_follow_the_clock(workspace_id: UUID) -> None:
    with unit_of_work(workspace_id):
        at = now()
        key = make_secret_key("Game server", None, ["read"], expires_at=at + timedelta(days=30)).key
        states = [key.state_at(at + timedelta(days=days)) for days in (0, 22, 23, 29, 30)]
    assert states == ["active", "active", "expiring", "expiring", "expired"]


def test_a_use_is_noted_without_waiting_for_who_holds_the_row(committing_app: Guerdon) -> None:
    with committing_app.app_context():
        workspace_id = a_workspace()
        with unit_of_work(workspace_id):
            key_id = make_secret_key("Game server", None, ["read"]).key.id
        with unit_of_work(workspace_id):
            key_by_id(key_id, lock=True)
            done = threading.Event()

            def note() -> None:
                with committing_app.app_context(), unit_of_work(workspace_id):
                    note_use(key_id)
                done.set()

            threading.Thread(target=note, daemon=True).start()
            assert done.wait(5)
        with unit_of_work(workspace_id):
            assert key_by_id(key_id).last_used_at is None
            note_use(key_id)
        with unit_of_work(workspace_id):
            assert key_by_id(key_id).last_used_at is not None


def test_of_many_rotations_at_once_one_makes_a_key(committing_app: Guerdon) -> None:
    with committing_app.app_context():
        workspace_id = a_workspace()
        with unit_of_work(workspace_id):
            key_id = make_secret_key("Game server", None, ["read"]).key.id
    outcomes: list[str] = []
    together = threading.Barrier(6)

    def rotate() -> None:
        with committing_app.app_context():
            together.wait()
            try:
                with unit_of_work(workspace_id):
                    rotate_key(key_id, timedelta(hours=24))
                outcomes.append("rotated")
            except Conflict as refused:
                outcomes.append(refused.code)

    threads = [threading.Thread(target=rotate) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["key_replaced"] * 5 + ["rotated"]
    with committing_app.app_context(), unit_of_work(workspace_id):
        assert len(session.execute(keys()).all()) == 2
