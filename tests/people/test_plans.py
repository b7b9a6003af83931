"""Row level security lets no index be asked by what may leak; these questions are answered by indexes all the same."""

import re
from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import Engine, event, text

from app.core.clock import now
from app.core.db import session
from app.core.ids import new_id
from app.core.tenancy import unit_of_work
from app.events.queries.of_person import AFTER_ALL, events_of_person
from app.factory import Guerdon
from app.people.queries.lists import Place, Sought, newest_seen
from app.people.queries.people import Names, names_of, person_by_id, person_of_user
from tests.factories.people import a_person
from tests.factories.workspaces import a_workspace, an_app

Ask = Callable[[UUID, UUID], object]
NAMES = Names((new_id(),), ("u1",), ("anon-1",))
PLACE = Place(now(), new_id())
# In a small table one index is as good as another.
CROWD = """
    INSERT INTO person (workspace_id, id, app_id, external_id, first_seen_at, last_seen_at, traits, trait_sources,
                        place_sources)
    SELECT :workspace, gen_random_uuid(), :app, 'crowd-' || n, now(), now(), '{}', '{}', '{}'
      FROM generate_series(1, 3000) n
"""


def plan_of(ask: Callable[[], object]) -> str:
    """How the last statement is answered when whole tables are not to be read, and long runs not to be sorted."""
    sent: list[tuple[str, object]] = []

    def note(_c: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        sent.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    statement, parameters = sent[-1]
    session.execute(text("SET LOCAL enable_seqscan = off"))
    session.execute(text("SET LOCAL enable_sort = off"))
    plan = session.connection().exec_driver_sql(f"EXPLAIN (COSTS OFF) {statement}", parameters).scalars()
    return "\n".join(plan)


@pytest.mark.parametrize(
    ("ask", "conditions"),
    [
        (lambda _app, person: person_by_id(person), [r"id = CASE"]),
        (
            lambda _app, person: names_of(person),
            [r"id = \(InitPlan", r"merged_into = \(InitPlan", r"person_id = \(InitPlan"],
        ),
        (lambda app, _person: person_of_user(app, "u1"), [r"id = CASE", r"external_id = "]),
        (lambda _app, _person: newest_seen(Sought(), 9, below=PLACE), [r"app_id = app\.id.*ROW\(last_seen_at, id\) <"]),
        (lambda app, _person: newest_seen(Sought(app_id=app), 9, above=PLACE), [r"ROW\(last_seen_at, id\) >"]),
        (
            lambda _app, _person: newest_seen(Sought(text="ab"), 9),
            [r"external_id ~>=~", r"name_key ~>=~", r"email_key ~>=~", r"alias ~>=~"],
        ),
        (
            lambda app, _person: events_of_person(app, NAMES, AFTER_ALL, 9),
            [r"user_id = user_ids\.said.*id <", r"anonymous_id = anonymous_ids\.said.*id <"],
        ),
    ],
    ids=["by id", "names", "by user id", "list", "list of an app", "search", "timeline"],
)
def test_an_index_answers(app: Guerdon, ask: Ask, conditions: list[str]) -> None:
    workspace_id = a_workspace()
    app_id = an_app(workspace_id)
    person_id = a_person(workspace_id, app_id, "u1", anonymous_ids=("anon-1",))
    with unit_of_work(workspace_id):
        session.execute(text(CROWD), {"workspace": workspace_id, "app": app_id})
        plan = plan_of(lambda: ask(app_id, person_id))
    found = re.findall(r"Index Cond: .*", plan)
    for condition in conditions:
        assert any(re.search(condition, line) for line in found), plan
