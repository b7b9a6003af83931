"""Moments in words, in the time zone of whoever reads them."""

from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from flask import Flask, g

from app.core.clock import now


def read_in(timezone: str) -> None:
    """Say what follows in this request in the reader's time zone."""
    g.timezone = timezone


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
    return f"{(local(moment) if isinstance(moment, datetime) else moment):%-d %b %Y}"


def when(moment: datetime) -> str:
    """20 Nov 2026, 14:05"""
    return f"{local(moment):%-d %b %Y, %H:%M}"


def ago(moment: datetime) -> str:
    """How long since, or until, as people say it; further away the day itself."""
    distance = now() - moment
    near = _near(abs(distance))
    if near is None:
        return _by_day(local(moment))
    if near == "":
        return "just now"
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
        return f"{('yesterday', 'today', 'tomorrow')[days + 1]}, {moment:%H:%M}"
    if 1 < days < 15:
        return f"in {days} days"
    return f"{moment:%-d %b}" if abs(days) < 180 else f"{moment:%-d %b %Y}"


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(day=day, when=when, ago=ago, local=local)
