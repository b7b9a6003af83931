"""Whatever is seen, in whatever order and pieces: the same people, as the plainest reading of the rules has them."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.core.db import session
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from app.metrics.models import Fact
from app.people.operations.identity import Sighting, recognise
from tests.factories.workspaces import a_workspace, an_app
from tests.people.expected import expected_people, shown_people

AT = datetime(2026, 3, 1, tzinfo=UTC)
NOBODY = UUID(int=0)

# Few ids and few moments, so that all of them meet.
user_ids = st.sampled_from(["u1", "u2", "u3", "u4"])
anonymous_ids = st.sampled_from(["a1", "a2", "a3", "u1"])
moments = st.integers(0, 6).map(lambda hours: AT + timedelta(hours=hours))
traits = st.dictionaries(
    st.sampled_from(["name", "plan", "age"]),
    st.sampled_from(['"pro"', '"free"', "1", "1.0", "null", '{"a": 1}']),
    max_size=3,
)


@st.composite
def sightings(draw: st.DrawFn) -> Sighting:
    user_id = draw(st.none() | user_ids)
    anonymous_id = draw(anonymous_ids if user_id is None else st.none() | anonymous_ids)
    return Sighting(
        app_id=NOBODY,
        at=draw(moments),
        user_id=user_id,
        anonymous_id=anonymous_id,
        is_from_browser=draw(st.booleans()),
        is_explicit=True,
        traits=draw(st.none() | traits),
        former_id=None if user_id is None else draw(st.none() | user_ids | anonymous_ids),
        country=draw(st.sampled_from([None, "DE", "PT"])),
        platform=draw(st.sampled_from([None, "ios", "web"])),
    )


def in_app(sighting: Sighting, app_id: UUID) -> Sighting:
    return Sighting(**{field: getattr(sighting, field) for field in sighting.__struct_fields__} | {"app_id": app_id})


def counted(app_id: UUID) -> dict[datetime, int]:
    """How many people were seen first in each hour."""
    sums: dict[datetime, int] = {}
    for fact in session.scalars(select(Fact).where(Fact.metric == "people")):
        sums[fact.hour] = sums.get(fact.hour, 0) + fact.n
    return {hour: n for hour, n in sums.items() if n}


@pytest.mark.thorough
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(sightings(), min_size=1, max_size=9), st.data())
def test_order_and_pieces_do_not_matter(app: Guerdon, seen: list[Sighting], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(seen), label="order")
    cuts = data.draw(st.sets(st.integers(1, len(seen)), max_size=4), label="cuts")
    workspace_id = a_workspace()
    app_id = an_app(workspace_id)
    begin = 0
    for end in [*sorted(cuts), len(seen)]:
        if piece := [in_app(one, app_id) for one in shuffled[begin:end]]:
            with unit_of_work(workspace_id):
                recognise(piece)
        begin = end
    with unit_of_work(workspace_id):
        found, expected = shown_people(app_id), expected_people(seen)
        assert found == expected
        hours: dict[datetime, int] = {}
        for person in expected:
            hour = person.first_seen_at.replace(tzinfo=None)
            hours[hour] = hours.get(hour, 0) + 1
        assert counted(app_id) == hours
