"""Every question gives what a plain count would give."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.clock import freeze
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from app.metrics.operations import Tally, count, fold
from app.metrics.queries import (
    EVER,
    Point,
    Slice,
    Sum,
    between,
    breakdown,
    last_days,
    last_hours,
    series,
    series_by,
    side_by_side,
    top,
    total,
)
from app.metrics.spans import Span
from tests.factories.workspaces import a_workspace
from tests.metrics.test_counting import a_workspace_in
from tests.support.budget import counted

NOON = datetime(2026, 11, 20, 12, 34, 56, tzinfo=UTC)
ZONES = ("UTC", "Asia/Kathmandu", "Australia/Lord_Howe", "America/New_York", "Pacific/Chatham")


def clock(text: str) -> datetime:
    return datetime.fromisoformat(text)


tallies = st.builds(
    Tally,
    metric=st.sampled_from(["events", "people"]),
    at=st.datetimes(clock("2026-03-05"), clock("2026-11-05"), timezones=st.just(UTC)),
    dimensions=st.fixed_dictionaries(
        {
            "app": st.sampled_from(["one", "two"]),
            "name": st.sampled_from(["a", "b", "c", "“d”", "е", ""]),
            "trust": st.sampled_from(["server", "browser"]),
        }
    ),
    n=st.integers(-2, 5),
    value=st.integers(-(10**12), 10**12),
)
# A batch of tallies, or a fold.
steps = st.lists(st.one_of(st.lists(tallies, min_size=1, max_size=12), st.none()), max_size=8)


@pytest.mark.thorough
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps, timezone=st.sampled_from(ZONES), limit=st.integers(1, 4))
def test_every_question_equals_a_plain_count(
    app: Guerdon, steps: list[list[Tally] | None], timezone: str, limit: int
) -> None:
    with unit_of_work(a_workspace_in(timezone)):
        for step in steps:
            if step is None:
                fold()
            else:
                count(step)
        everything = [tally for step in steps if step for tally in step]
        ask_everything(everything, timezone, limit)


def ask_everything(everything: list[Tally], timezone: str, limit: int) -> None:
    wheres = ({}, {"app": "one"}, {"name": "“d”"}, {"app": "two", "trust": "server"}, {"name": "unknown"})
    for span in spans_of(timezone):
        for where in wheres:
            counting = [tally for tally in everything if tally.metric == "events" and lies_in(tally, span, where)]
            by_bucket = sums((bucket_of(tally, span), tally) for tally in counting)
            points = {point.bucket: (point.n, point.value) for point in series("events", span, where)}
            assert {at: sum_ for at, sum_ in points.items() if sum_ != (0, 0)} == by_bucket
            assert [*points] == sorted({*span.buckets, *points})
            assert total("events", span, where) == Sum(*plain(counting))
            for by in {"app", "name", "trust"} - set(where):
                by_key = sums((tally.dimensions[by], tally) for tally in counting)
                slices = breakdown("events", span, by, where)
                assert {slice_.key: (slice_.n, slice_.value) for slice_ in slices} == by_key
                assert [slice_.n for slice_ in slices] == sorted((n for n, _ in by_key.values()), reverse=True)
                best = top("events", span, by, limit, where)
                assert best[:limit] == slices[:limit]
                rest = slices[limit:]
                assert [(one.key, one.n, one.value) for one in best[limit:]] == (
                    [(None, sum(one.n for one in rest), sum(one.value for one in rest))] if rest else []
                )


def spans_of(timezone: str) -> list[Span]:
    return [
        EVER,
        between(date(2026, 3, 1), date(2026, 11, 30), timezone),
        between(date(2026, 4, 5), date(2026, 10, 4), timezone),
        Span(clock("2026-03-06T05:00"), clock("2026-11-01T04:00"), "hour", timezone),
    ]


def bucket_of(tally: Tally, span: Span) -> datetime:
    local = tally.at.astimezone(ZoneInfo(span.timezone)).replace(tzinfo=None, minute=0, second=0, microsecond=0)
    return {"hour": local, "day": local.replace(hour=0), "ever": EVER.start}[span.grain]


def lies_in(tally: Tally, span: Span, where: dict[str, str]) -> bool:
    return span.start <= bucket_of(tally, span) < span.end and where.items() <= tally.dimensions.items()


def plain(counting: list[Tally]) -> tuple[int, int]:
    return sum(tally.n for tally in counting), sum(tally.value for tally in counting)


def sums(keyed: object) -> dict[object, tuple[int, int]]:
    n: Counter[object] = Counter()
    value: Counter[object] = Counter()
    for key, tally in keyed:  # type: ignore[attr-defined]
        n[key] += tally.n
        value[key] += tally.value
    return {key: (n[key], value[key]) for key in n if (n[key], value[key]) != (0, 0)}


@pytest.mark.parametrize("folded", [False, True])
def test_gaps_are_filled_and_the_span_ends_with_today(app: Guerdon, folded: bool) -> None:
    with unit_of_work(a_workspace()), freeze(NOON):
        count([Tally("events", NOON - timedelta(days=2), {}), Tally("events", NOON, {}, n=4)])
        count([Tally("events", NOON - timedelta(days=3), {}), Tally("events", NOON + timedelta(days=1), {})])
        if folded:
            fold()
        assert [point.n for point in series("events", last_days(3))] == [1, 0, 4]
        assert [point.n for point in series("events", last_hours(2))] == [0, 4]
        assert total("events", last_days(3).before) == Sum(1, 0)


@pytest.mark.parametrize(
    ("timezone", "now", "hours", "first"),
    [
        # In autumn the hour after one comes twice and is one bucket; in spring the one after two is left out.
        ("America/New_York", "2026-11-02T04:30+00:00", 24, "2026-11-01T01:00"),
        ("America/New_York", "2026-03-09T03:30+00:00", 23, "2026-03-08T00:00"),
        ("Australia/Lord_Howe", "2026-10-04T12:30+00:00", 24, "2026-10-04T00:00"),
        ("Australia/Lord_Howe", "2026-04-05T12:45+00:00", 24, "2026-04-05T00:00"),
        ("Asia/Kathmandu", "2026-11-20T12:30+00:00", 24, "2026-11-19T19:00"),
    ],
)
def test_the_last_hours_are_those_that_passed(app: Guerdon, timezone: str, now: str, hours: int, first: str) -> None:
    at = datetime.fromisoformat(now)
    with unit_of_work(a_workspace_in(timezone)), freeze(at):
        span = last_hours(hours)
        assert (span.start, span.buckets[0]) == (clock(first), clock(first))
        # One tally each half hour of the last so many hours: all of them are there, none falls between two buckets.
        moments = [at - timedelta(minutes=30 * place) for place in range(2 * hours - 1)]
        count(Tally("events", moment, {}) for moment in moments)
        points = series("events", span)
        assert [point.bucket for point in points] == span.buckets
        assert sum(point.n for point in points) == len(moments)
        assert all(point.n for point in points)


@pytest.mark.parametrize(
    ("timezone", "day", "hours"),
    [
        ("America/New_York", "2026-03-08", 23),
        ("America/New_York", "2026-11-01", 25),
        ("America/New_York", "2026-11-02", 24),
        ("Asia/Kathmandu", "2026-11-01", 24),
    ],
)
def test_a_day_is_as_long_as_the_workspaces_day(app: Guerdon, timezone: str, day: str, hours: int) -> None:
    start = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC)
    with unit_of_work(a_workspace_in(timezone)):
        count(Tally("events", start + timedelta(hours=place), {}) for place in range(-3, hours + 3))
        fold()
        assert total("events", between(date.fromisoformat(day), date.fromisoformat(day))).n == hours


def test_half_an_hour_more_or_less(app: Guerdon) -> None:
    with unit_of_work(a_workspace_in("Australia/Lord_Howe")):
        for day, halves in (("2026-10-04", 47), ("2026-04-05", 49)):
            start = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo("Australia/Lord_Howe")).astimezone(UTC)
            count(Tally("events", start + timedelta(minutes=30 * place), {}) for place in range(halves))
            fold()
            assert total("events", between(date.fromisoformat(day), date.fromisoformat(day))).n == halves


def test_who_moves_keeps_the_days_they_had(app: Guerdon) -> None:
    workspace_id = a_workspace_in("Asia/Tokyo")
    with unit_of_work(workspace_id):
        count([Tally("events", datetime(2026, 11, 19, 16, tzinfo=UTC), {})])
    with unit_of_work(workspace_id):
        # It was the 20th in Tokyo already.
        assert total("events", between(date(2026, 11, 20), date(2026, 11, 20), "America/New_York")).n == 1


def test_metrics_side_by_side_and_keys_beside_one_another(app: Guerdon) -> None:
    with unit_of_work(a_workspace()), freeze(NOON):
        count([Tally("events", NOON, {"name": "a"}), Tally("people", NOON, {"name": "a"}, n=7)])
        fold()
        count([Tally("events", NOON - timedelta(days=1), {"name": "a"}), Tally("events", NOON, {"name": "b"})])
        with counted() as asked:
            found = side_by_side(["events", "people"], last_days(2, "UTC"))
            by_name = series_by("events", last_days(2, "UTC"), "name", ["a", "c"])
        assert len(asked) == 2
    assert {metric: [point.n for point in points] for metric, points in found.items()} == {
        "events": [1, 2],
        "people": [0, 7],
    }
    assert {name: [point.n for point in points] for name, points in by_name.items()} == {"a": [1, 1], "c": [0, 0]}


def test_the_others_are_told_as_one(app: Guerdon) -> None:
    with unit_of_work(a_workspace()), freeze(NOON):
        count(Tally("events", NOON - timedelta(days=n), {"name": f"name-{n}"}, n=9 - n) for n in range(5))
        today = clock("2026-11-20")
        assert top("events", last_days(9), "name", 2) == [
            Slice("name-0", 9, 0, today),
            Slice("name-1", 8, 0, today - timedelta(days=1)),
            Slice(None, 7 + 6 + 5, 0, today - timedelta(days=2)),
        ]


def test_what_came_to_nothing_is_not_told(app: Guerdon) -> None:
    with unit_of_work(a_workspace()):
        count([Tally("people", NOON, {"app": "a"}), Tally("people", NOON, {"app": "b"})])
        fold()
        count([Tally("people", NOON, {"app": "a"}, n=-1)])
        assert [one.key for one in breakdown("people", EVER, "app")] == ["b"]


def test_what_lacks_a_dimension_is_in_the_sum_alone(app: Guerdon) -> None:
    with unit_of_work(a_workspace()):
        count([Tally("events", NOON, {"app": "a"}), Tally("events", NOON, {})])
        for _ in range(2):
            assert total("events", EVER).n == 2
            assert [(one.key, one.n) for one in breakdown("events", EVER, "app")] == [("a", 1)]
            fold()


def test_nobody_reads_what_another_workspace_counted(app: Guerdon) -> None:
    with unit_of_work(a_workspace()):
        count([Tally("events", NOON, {"name": "a"})])
        fold()
        count([Tally("events", NOON, {"name": "a"})])
    with unit_of_work(a_workspace()):
        assert total("events", EVER) == Sum(0, 0)
        assert breakdown("events", EVER, "name") == []
        assert series("events", EVER) == [Point(EVER.start, 0, 0)]
