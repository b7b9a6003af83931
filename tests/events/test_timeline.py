"""What a person sent, on their page and in the file of everything known of them."""

from datetime import timedelta
from uuid import UUID

import pytest

from app.core.clock import now
from app.core.ids import first_id_at, made_at, new_id
from app.core.tenancy import unit_of_work
from app.events.operations.intake import store
from app.events.queries.of_person import AFTER_ALL, all_events_of_person, events_of_person
from app.people.queries.people import Names, names_of
from tests.factories.people import a_person
from tests.factories.workspaces import a_team, an_app
from tests.people.test_erasure import an_event
from tests.support.pages import PageClient


def send(workspace_id: UUID, app_id: UUID, *events: object) -> list[UUID]:
    with unit_of_work(workspace_id):
        return store(app_id, "server", events).ids  # type: ignore[arg-type]


def found(workspace_id: UUID, app_id: UUID, names: Names, most: int) -> list[UUID]:
    """All of it, so many at a time."""
    ids: list[UUID] = []
    below = AFTER_ALL
    with unit_of_work(workspace_id):
        while part := events_of_person(app_id, names, below, most):
            assert len(part) <= most
            ids += [event.id for event in part]
            below = ids[-1]
        assert [event.id for event in all_events_of_person(app_id, names)] == ids
    return ids


@pytest.mark.parametrize("most", [1, 3, 7, 100])
def test_everything_of_one_person_is_found_and_nothing_else(workspace_id: UUID, app_id: UUID, most: int) -> None:
    names = Names((new_id(),), ("u1", "u1-before"), ("anon-1", "anon-2"))
    reef = an_app(workspace_id, "Reef")
    theirs = []
    for user_id, anonymous_id, is_theirs in (
        ("u1", None, True),
        (None, "anon-1", True),
        ("u1", "anon-1", True),
        # Somebody else in the same browser, more often than a page is long.
        *[("other", "anon-1", False)] * 8,
        ("u1-before", "anon-9", True),
        (None, "anon-2", True),
        (None, "anon-9", False),
        ("other", None, False),
        ("u1", "anon-2", True),
    ):
        ids = send(workspace_id, app_id, an_event(user_id, anonymous_id))
        theirs += ids if is_theirs else []
    send(workspace_id, reef, an_event("u1", "anon-1"))
    assert found(workspace_id, app_id, names, most) == theirs[::-1]


def test_odd_ids_are_ids(workspace_id: UUID, app_id: UUID) -> None:
    odd = "x" * 120 + "/../🦀"
    ids = send(workspace_id, app_id, an_event(odd, name="N" * 150, properties={"p" * 70: "q" * 90}))
    assert found(workspace_id, app_id, Names((new_id(),), (odd,), ("a", "b")), 31) == ids


def test_nobody_without_ids_sent_anything(workspace_id: UUID, app_id: UUID) -> None:
    send(workspace_id, app_id, an_event("u1"))
    assert found(workspace_id, app_id, Names((new_id(),), (), ()), 5) == []


def test_the_moment_of_an_id_is_exact() -> None:
    for _ in range(1000):
        one = new_id()
        assert first_id_at(made_at(one)) <= one < first_id_at(made_at(one) + timedelta(milliseconds=1))
        assert made_at(first_id_at(made_at(one))) == made_at(one)


def test_a_person_s_page_tells_what_they_did(client: PageClient) -> None:
    team = a_team("tidepool")
    app_id = an_app(team.workspace_id)
    ines = a_person(team.workspace_id, app_id, "u1", anonymous_ids=("anon-1",))
    late = now() - timedelta(days=3)
    send(
        team.workspace_id,
        app_id,
        *(an_event("u1", name=f"Level {n} finished") for n in range(40)),
        an_event(None, "anon-1", kind="page", properties={"title": "Pricing", "deep": {"a": 1}}, at=late),
        an_event("u1", kind="identify", properties={"name": "<b>Ines</b>"}),
    )
    client.sign_in(team.members["viewer"])
    page = client.page(f"/w/tidepool/people/{ines}")
    assert "title: Pricing" in page.text
    assert "happened" in page.text
    assert "name: <b>Ines</b>" in page.text
    older = page.all("a", rel="next")
    seen = page.text + (client.page(older[0].get("href").partition("#")[0]).text if older else "")
    assert all(f"Level {n} finished" in seen for n in range(40))
    with unit_of_work(team.workspace_id):
        assert len(list(all_events_of_person(app_id, names_of(ines)))) == 42
