"""Ninety days of events in one workspace, written by COPY: what pages are measured on."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
from psycopg import sql

from app.core.ids import first_id_at, new_id

DAYS = 90
EVENTS_A_PERSON = 20
NAMES = ("level_completed", "session_started", "purchase_complete", "signup_complete", "ad_completed", "page")
SHARES = (50, 25, 5, 2, 8, 10)
A_BLOCK = 50_000
COLUMNS = (
    "workspace_id, id, app_id, message_id, kind, name, user_id, anonymous_id, occurred_at, received_at, trust, "
    "context, properties"
)

# What a worker would have counted; the application folds it.
FACTS = """
INSERT INTO fact (workspace_id, id, metric, hour, dimensions, n, value)
SELECT workspace_id, gen_random_uuid(), 'events', date_trunc('hour', occurred_at AT TIME ZONE 'UTC'),
       jsonb_build_object('app', app_id::text, 'name', name, 'trust', trust), count(*), 0
  FROM event GROUP BY 1, 4, app_id, name, trust
UNION ALL
SELECT workspace_id, gen_random_uuid(), 'people', date_trunc('hour', first_seen_at AT TIME ZONE 'UTC'),
       jsonb_build_object('app', app_id::text), count(*), 0
  FROM person GROUP BY 1, 4, app_id
"""


def load(admin_url: str, workspace_id: UUID, app_id: UUID, events: int) -> UUID:
    """Write that many events, their people and their counts, past all rules, as a superuser; somebody of the middle."""
    # A bench that is run again has the same history.
    dice = random.Random(7)
    end = datetime.now(UTC)
    start = end - timedelta(days=DAYS)
    with psycopg.connect(admin_url, autocommit=True) as admin:
        _make_months(admin, start)
        indexes = _drop_indexes(admin)
        with admin.cursor().copy(f"COPY event ({COLUMNS}) FROM STDIN") as copy:
            for block in _lines(workspace_id, app_id, events, start, end, dice):
                copy.write(block)
        for definition in indexes:
            admin.execute(definition)
        _load_people(admin, workspace_id, app_id, events // EVENTS_A_PERSON, start, end)
        admin.execute("VACUUM ANALYZE event, person, person_alias")
        admin.execute("SET work_mem = '256MB'")
        admin.execute(FACTS)
        middle = f"u{events // EVENTS_A_PERSON // 2}"
        (person_id,) = admin.execute("SELECT id FROM person WHERE external_id = %s", [middle]).fetchone() or ()
    return UUID(str(person_id))


def _lines(
    workspace_id: UUID, app_id: UUID, events: int, start: datetime, end: datetime, dice: random.Random
) -> Iterator[str]:
    people = events // EVENTS_A_PERSON
    step = (end - start) / events
    names = dice.choices(NAMES, SHARES, k=A_BLOCK)
    for first in range(0, events, A_BLOCK):
        block = []
        for number in range(first, min(first + A_BLOCK, events)):
            at = start + step * number
            # The time of the number, and the number itself in place of what is random in an id.
            event_id = UUID(int=first_id_at(at).int | 0x7 << 76 | 0x2 << 62 | number)
            user, name, when = number * 7919 % people, names[number % A_BLOCK], at.isoformat()
            block.append(
                f"{workspace_id}\t{event_id}\t{app_id}\tm{number}\ttrack\t{name}\tu{user}\ta{user}\t{when}\t{when}\t"
                f'server\t{{"locale": "en-GB"}}\t{{"level": {number % 40}}}\n'
            )
        yield "".join(block)


def _make_months(admin: psycopg.Connection, start: datetime) -> None:
    """The partitions of the past, which an installation would have made when they were the future."""
    month = start.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while month < datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0):
        following = (month + timedelta(days=32)).replace(day=1)
        name = sql.Identifier(f"event_{month:%Y_%m}")
        bounds = sql.SQL("FOR VALUES FROM ({}) TO ({})").format(
            sql.Literal(str(first_id_at(month))), sql.Literal(str(first_id_at(following)))
        )
        admin.execute(sql.SQL("CREATE TABLE IF NOT EXISTS {} PARTITION OF event {}").format(name, bounds))
        month = following


def _drop_indexes(admin: psycopg.Connection) -> list[str]:
    """Take the indexes away for the time of loading; what makes them again."""
    found = admin.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'event' AND indexname LIKE 'ix_%'"
    ).fetchall()
    for name, _ in found:
        admin.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    return [definition for _, definition in found]


def _load_people(
    admin: psycopg.Connection, workspace_id: UUID, app_id: UUID, people: int, start: datetime, end: datetime
) -> None:
    columns = "workspace_id, id, app_id, external_id, first_seen_at, last_seen_at, traits, trait_sources, place_sources"
    with admin.cursor().copy(f"COPY person ({columns}) FROM STDIN") as copy:
        for number in range(people):
            first = start + (end - start) * (number / people) * 0.9
            row = (workspace_id, new_id(), app_id, f"u{number}", first, end - timedelta(seconds=number), *["{}"] * 3)
            copy.write_row(row)
    columns = "workspace_id, id, app_id, alias, person_id"
    admin.execute(
        f"INSERT INTO person_alias ({columns}) SELECT workspace_id, gen_random_uuid(), app_id, 'a' || "
        "substr(external_id, 2), id FROM person"
    )
