"""Nobody finds out from the database who an erased person was."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from app.core.clock import now
from app.core.db import session
from app.core.errors import Conflict, Missing
from app.core.ids import new_id
from app.core.tenancy import unit_of_work
from app.events.accepted import Accepted, Rejected
from app.events.models import Event, EventEffect, EventFailure, EventQueue, EventRejection
from app.events.operations.intake import remember, store
from app.events.operations.working import set_aside, take, work
from app.factory import Guerdon
from app.metrics.queries import total
from app.metrics.spans import EVER
from app.people import signals
from app.people.models import Person, PersonAlias
from app.people.operations.erasure import erase_person
from app.people.queries.people import names_of, person_by_id, person_of_user
from tests.factories.workspaces import a_workspace, an_app

# Whatever tells who it was; none of it stands in anything that others sent.
MARKS = ("ines-77", "ines-76", "anon-ines", "Ines Alder", "ines@example.org", "Rua das Flores", "203.0.113.77")


@pytest.fixture
def workspace_id(app: Guerdon) -> UUID:
    return a_workspace("tidepool")


@pytest.fixture
def app_id(workspace_id: UUID) -> UUID:
    return an_app(workspace_id)


def an_event(user_id: str | None, anonymous_id: str | None = None, kind: str = "track", **fields: Any) -> Accepted:
    return Accepted(
        kind=kind,
        name=fields.pop("name", "Level finished" if kind == "track" else kind),
        user_id=user_id,
        anonymous_id=anonymous_id,
        message_id=fields.pop("message_id", str(new_id())),
        session_id=fields.pop("session_id", None),
        occurred_at=fields.pop("at", now() - timedelta(minutes=1)),
        context=fields.pop("context", {}),
        properties=fields.pop("properties", {}),
        country="PT",
        ip_hash=b"x" * 32,
    )


def work_off(workspace_id: UUID) -> None:
    with unit_of_work(workspace_id):
        for shard in session.scalars(select(EventQueue.shard).distinct()).all():
            work(shard, take(shard))


def ines_and_others(workspace_id: UUID, app_id: UUID) -> UUID:
    """Somebody with everything that can be known, beside somebody else of whom nothing may change."""
    with unit_of_work(workspace_id):
        traits = {"name": "Ines Alder", "email": "ines@example.org", "address": {"street": "Rua das Flores"}}
        store(
            app_id,
            "server",
            [
                an_event(None, "anon-ines", context={"page": {"url": "https://x.example/?who=anon-ines"}}),
                an_event("ines-77", "anon-ines", properties={"to": "ines@example.org"}, message_id="of ines-77"),
                an_event("ines-77", kind="identify", properties=traits, session_id="ines-77-session"),
                an_event("ines-76", context={"traits": traits}),
                an_event("ines-77", kind="alias", properties={"previousId": "ines-76"}),
                an_event("otto", "anon-ines", properties={"level": 3}),
                an_event("otto", kind="identify", properties={"name": "Otto"}),
            ],
        )
    work_off(workspace_id)
    with unit_of_work(workspace_id):
        store(app_id, "server", [an_event("ines-77", properties={"waits": "ines@example.org"})])
        failing = store(app_id, "server", [an_event("ines-77", name="Failed", properties={"who": "Ines Alder"})]).ids
        shard = session.scalars(select(EventQueue.shard).where(EventQueue.id == failing[0])).one()
        set_aside(shard, failing[0], "quests", "ValueError: ines@example.org is odd")
        excerpt = json.dumps({"userId": "ines-77", "properties": {"who": "Ines Alder"}}, ensure_ascii=False)
        other = json.dumps({"userId": "otto"})
        rejections = [
            Rejected(code="name_missing", message="No name.", name=None, excerpt=words) for words in (excerpt, other)
        ]
        remember(app_id, "server", rejections)
        return person_of_user(app_id, "ines-77").id


def every_text() -> Iterator[tuple[str, str]]:
    """Everything that the database holds as text, JSON or bytes, by where it stands."""
    columns = session.execute(
        text(
            "SELECT c.table_name, c.column_name FROM information_schema.columns c"
            " JOIN pg_class t ON t.relname = c.table_name AND t.relkind IN ('r', 'p') AND NOT t.relispartition"
            " WHERE c.table_schema = 'public' AND c.data_type IN ('text', 'jsonb', 'bytea', 'ARRAY')"
        )
    ).all()
    for table, column in columns:
        for (value,) in session.execute(text(f'SELECT "{column}"::text FROM "{table}" WHERE "{column}" IS NOT NULL')):
            yield f"{table}.{column}", value


def places_of(marks: tuple[str, ...]) -> set[str]:
    with unit_of_work(role="staff"):
        return {place for place, value in every_text() for mark in marks if mark in value}


def test_nothing_tells_who_it_was(workspace_id: UUID, app_id: UUID) -> None:
    ines = ines_and_others(workspace_id, app_id)
    assert {"event.user_id", "person.external_id", "person_alias.alias", "event_failure.error"} <= places_of(MARKS)
    with unit_of_work(workspace_id):
        erase_person(ines)
    assert places_of(MARKS) == set()


def test_what_others_did_stays(workspace_id: UUID, app_id: UUID) -> None:
    ines = ines_and_others(workspace_id, app_id)
    with unit_of_work(workspace_id):
        before = person_of_user(app_id, "otto").traits
        erase_person(ines)
    with unit_of_work(workspace_id):
        assert person_of_user(app_id, "otto").traits == before == {"name": "Otto"}
        events = session.scalars(select(Event).where(Event.user_id == "otto").order_by(Event.id)).all()
        assert [(event.kind, event.properties) for event in events] == [
            ("track", {"level": 3}),
            ("identify", {"name": "Otto"}),
        ]
        assert [rejection.excerpt for rejection in session.scalars(select(EventRejection))] == ['{"userId": "otto"}']
        effects = session.scalars(select(EventEffect).where(EventEffect.id == events[1].id)).all()
        assert {effect.kind for effect in effects} != {"erased"}


def test_the_rows_stay_so_that_sums_hold(workspace_id: UUID, app_id: UUID) -> None:
    ines = ines_and_others(workspace_id, app_id)
    with unit_of_work(workspace_id):
        people, events = total("people", EVER).n, session.query(Event).count()
        names = names_of(ines)
        erase_person(ines)
    work_off(workspace_id)
    with unit_of_work(workspace_id):
        assert (total("people", EVER).n, people) == (1, 2)
        assert session.query(Event).count() == total("events", EVER).n == events
        assert session.query(EventQueue).count() == session.query(EventFailure).count() == 0
        for person_id in names.person_ids:
            row = session.get_one(Person, (workspace_id, person_id))
            assert (row.external_id, row.traits, row.erased_at is not None) == (None, {}, True)
        assert session.query(PersonAlias).filter_by(alias="anon-ines").count() == 0
        assert person_by_id(ines).erased_at is not None


def test_whoever_is_told_is_told_once(workspace_id: UUID, app_id: UUID) -> None:
    ines = ines_and_others(workspace_id, app_id)
    told: list[UUID] = []

    def listen(_sender: object, person: UUID) -> None:
        told.append(person)

    with signals.person_erased.connected_to(listen), unit_of_work(workspace_id):
        erase_person(ines)
    assert told == [ines]


def test_a_second_time_is_refused(workspace_id: UUID, app_id: UUID) -> None:
    ines = ines_and_others(workspace_id, app_id)
    with unit_of_work(workspace_id):
        erase_person(ines)
    with pytest.raises(Conflict, match="already"), unit_of_work(workspace_id):
        erase_person(ines)
    with pytest.raises(Missing), unit_of_work(workspace_id):
        person_of_user(app_id, "ines-77")


def test_whoever_comes_back_is_somebody_new(workspace_id: UUID, app_id: UUID) -> None:
    ines = ines_and_others(workspace_id, app_id)
    with unit_of_work(workspace_id):
        erase_person(ines)
        store(app_id, "server", [an_event("ines-77", "anon-ines")])
    work_off(workspace_id)
    with unit_of_work(workspace_id):
        back = person_of_user(app_id, "ines-77")
        assert back.id != ines
        assert (back.traits, names_of(back.id).anonymous_ids) == ({}, ("anon-ines",))


def test_a_message_that_is_sent_again_brings_nothing_back(workspace_id: UUID, app_id: UUID) -> None:
    ines = ines_and_others(workspace_id, app_id)
    with unit_of_work(workspace_id):
        erase_person(ines)
        again = store(app_id, "server", [an_event("ines-77", message_id="of ines-77")])
    assert (again.ids, again.duplicates) == ([], 1)
    assert places_of(MARKS) == set()


def test_the_same_ids_in_another_app_are_somebody_else(workspace_id: UUID, app_id: UUID) -> None:
    ines = ines_and_others(workspace_id, app_id)
    reef = an_app(workspace_id, "Reef")
    with unit_of_work(workspace_id):
        store(reef, "server", [an_event("ines-77", "anon-ines", properties={"here": 1})])
    work_off(workspace_id)
    with unit_of_work(workspace_id):
        erase_person(ines)
    with unit_of_work(workspace_id):
        assert person_of_user(reef, "ines-77").erased_at is None
        event = session.scalars(select(Event).where(Event.app_id == reef)).one()
        assert (event.user_id, event.anonymous_id, event.properties) == ("ines-77", "anon-ines", {"here": 1})


def test_the_function_reaches_no_further_than_the_workspace(workspace_id: UUID, app_id: UUID) -> None:
    ines_and_others(workspace_id, app_id)
    call = text("SELECT erase_person(:app, ARRAY['ines-77'], ARRAY['anon-ines'], ARRAY['Ines'])")
    for elsewhere in (None, a_workspace()):
        with unit_of_work(elsewhere):
            assert session.scalar(call, {"app": app_id}) == 0
    assert "event.user_id" in places_of(MARKS)
