"""Moments and numbers as whoever reads them writes them, in their time zone."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_decimal
from flask import Flask, g

from app.core.clock import now

# The way of this house, for everybody who has not chosen another.
HOUSE = "en"
# How far the database's clock may be ahead of ours: what was written there a moment ago lies in no future.
SKEW = timedelta(seconds=2)


def read_in(timezone: str, locale: str = HOUSE) -> None:
    """Say what follows in this request in the reader's time zone, and in their way."""
    g.timezone, g.locale = timezone, locale


@cache
def zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        # A zone may be struck from the world's list after somebody chose it.
        return ZoneInfo("UTC")


@cache
def timezones() -> tuple[str, ...]:
    """The zones that people choose from: UTC, and places."""
    places = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix/")))
    return ("UTC", *places)


def here_and_now() -> datetime:
    """The reader's wall clock."""
    return local(now())


def local(moment: datetime) -> datetime:
    return moment.astimezone(zone(g.get("timezone", "UTC")))


def day(moment: datetime | date) -> str:
    """20 Nov 2026"""
    return _date(local(moment) if isinstance(moment, datetime) else moment)


def short_day(moment: date) -> str:
    """20 Nov, for the axis of a chart"""
    locale = g.get("locale", HOUSE)
    return f"{moment:%-d %b}" if locale == HOUSE else str(format_skeleton("MMMd", moment, locale=_way(locale)))


def when(moment: datetime) -> str:
    """20 Nov 2026, 14:05"""
    return f"{_date(local(moment))}, {_time(local(moment))}"


def number(value: int | float | Decimal) -> str:
    """1,234.5"""
    return str(format_decimal(value, locale=_way(g.get("locale", HOUSE))))


def growth(now: int, before: int) -> str | None:
    """+4.1 %, or nothing where there is nothing to compare with."""
    if before <= 0:
        return None
    tenths = round(1000 * (now - before) / before)
    return f"{'+' if tenths > 0 else '−' if tenths < 0 else '±'}{number(Decimal(abs(tenths)) / 10)} %"


def example(locale: str) -> str:
    """How somebody with this locale writes a date and a number."""
    way = _way(locale)
    return f"{_date(date(2026, 12, 31), locale)}, {format_decimal(1234.5, locale=way)}"


def ago(moment: datetime) -> str:
    """How long since, or until, as people say it; further away the day itself."""
    distance = now() - moment
    near = _near(abs(distance))
    if near is None:
        return _by_day(local(moment))
    if near == "":
        return "in a moment" if distance < -SKEW else "just now"
    return f"{near} ago" if distance > timedelta() else f"in {near}"


def _near(distance: timedelta) -> str | None:
    minutes = round(distance.total_seconds() / 60)
    if minutes < 1:
        return ""
    if minutes < 60:
        return f"{minutes} min"
    hours = round(minutes / 60)
    if hours < 12:
        return f"{hours} hour{'s' if hours > 1 else ''}"
    return None


def _by_day(moment: datetime) -> str:
    days = (moment.date() - here_and_now().date()).days
    if days in (-1, 0, 1):
        return f"{('yesterday', 'today', 'tomorrow')[days + 1]}, {_time(moment)}"
    if 1 < days < 15:
        return f"in {days} days"
    short = abs(days) < 180 and g.get("locale", HOUSE) == HOUSE
    return f"{moment:%-d %b}" if short else _date(moment)


def _date(moment: date, locale: str | None = None) -> str:
    locale = locale or g.get("locale", HOUSE)
    return f"{moment:%-d %b %Y}" if locale == HOUSE else str(format_date(moment, "medium", locale=_way(locale)))


def _time(moment: datetime) -> str:
    locale = g.get("locale", HOUSE)
    return f"{moment:%H:%M}" if locale == HOUSE else str(format_time(moment.time(), "short", locale=_way(locale)))


@cache
def _way(locale: str) -> Locale:
    try:
        return Locale.parse(locale)
    except (UnknownLocaleError, ValueError):
        # A locale may be struck from the list after somebody chose it.
        return Locale.parse(HOUSE)


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(day=day, when=when, ago=ago, local=local, number=number)
