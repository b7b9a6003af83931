"""Moments in words, where the reader is."""

from datetime import UTC, datetime, timedelta

import pytest

from app.core.clock import freeze
from app.core.moments import ago, day, read_in, timezones, when, zone
from app.factory import Guerdon

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (timedelta(), "just now"),
        (timedelta(seconds=-20), "just now"),
        (timedelta(seconds=1), "just now"),
        (timedelta(seconds=20), "in a moment"),
        (timedelta(minutes=-3), "3 min ago"),
        (timedelta(minutes=3), "in 3 min"),
        (timedelta(minutes=-59, seconds=-40), "1 hour ago"),
        (timedelta(hours=2), "in 2 hours"),
        (timedelta(hours=-11), "11 hours ago"),
        (timedelta(hours=-14), "yesterday, 22:00"),
        (timedelta(hours=11, minutes=50), "today, 23:50"),
        (timedelta(hours=24), "tomorrow, 12:00"),
        (timedelta(days=3), "in 3 days"),
        (timedelta(days=-3), "17 Nov"),
        (timedelta(days=-300), "24 Jan 2026"),
        (timedelta(days=300), "16 Sep 2027"),
    ],
)
def test_how_long_ago(app: Guerdon, distance: timedelta, words: str) -> None:
    with app.app_context(), freeze(NOON):
        assert ago(NOON + distance) == words


def test_the_readers_zone(app: Guerdon) -> None:
    with app.app_context():
        read_in("Asia/Tokyo")
        assert when(NOON) == "20 Nov 2026, 21:00"
        assert day(NOON + timedelta(hours=4)) == "21 Nov 2026"
        read_in("Mars/Olympus")
        assert when(NOON) == "20 Nov 2026, 12:00"


def test_zones_to_choose_from() -> None:
    assert timezones()[0] == "UTC"
    assert "Europe/Berlin" in timezones()
    assert all(str(zone(name)) == name for name in timezones())
