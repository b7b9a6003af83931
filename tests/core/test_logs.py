"""Logs say what happened and to which request, and nothing about people."""

import json
import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import structlog
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.core import logs
from app.core.access import public
from app.core.db import db, session
from app.core.logs import masked
from app.core.tenancy import SYSTEM_WORKSPACE, enter, unit_of_work
from app.factory import Guerdon


@pytest.fixture
def lines(app: Guerdon, capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    logs.configure(replace(app.settings, log_format="json", log_level="info"))
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    logs.configure(app.settings)


def request_line(lines: Any) -> dict[str, Any]:
    (line,) = (line for line in lines() if line["event"] == "request")
    return dict(line)


def test_a_request_leaves_one_line(app: Guerdon, lines: Any) -> None:
    answer = FlaskClient(app).get("/nowhere/secret-token?email=ines@example.org")
    line = request_line(lines)
    assert (line["method"], line["endpoint"], line["status"], line["level"]) == ("GET", None, 404, "info")
    assert (line["workspace"], line["actor"]) == (None, "system")
    assert line["ms"] > 0
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert "secret-token" not in json.dumps(line)
    assert "ines" not in json.dumps(line)


def test_a_sane_request_id_is_kept(app: Guerdon) -> None:
    answer = FlaskClient(app).get("/healthz", headers={"X-Request-Id": "gateway-0001"})
    assert answer.headers["X-Request-Id"] == "gateway-0001"


@pytest.mark.parametrize("sent", ["short", "x" * 65, "two words and more", "ines@example.org", "<script>alert(1)"])
def test_another_is_replaced(app: Guerdon, sent: str) -> None:
    answer = FlaskClient(app).get("/healthz", headers={"X-Request-Id": sent})
    assert answer.headers["X-Request-Id"] != sent
    assert len(answer.headers["X-Request-Id"]) == 36


def test_one_request_does_not_speak_for_another(app: Guerdon, lines: Any) -> None:
    ids = [FlaskClient(app).get("/nowhere").headers["X-Request-Id"] for _ in range(2)]
    structlog.get_logger().warning("afterwards")
    found = lines()
    assert [line["request_id"] for line in found if line["event"] == "request"] == ids
    assert "request_id" not in found[-1] or found[-1]["request_id"] == ids[-1]


def test_what_machines_ask_all_day_is_left_out(app: Guerdon, lines: Any) -> None:
    FlaskClient(app).get("/healthz")
    assert lines() == []


def test_libraries_log_the_same_way(app: Guerdon, lines: Any) -> None:
    logging.getLogger("somebody.else").warning("%s asked from %s", "ines@example.org", "203.0.113.9")
    (line,) = lines()
    assert (line["event"], line["level"]) == ("[mail] asked from [ip]", "warning")


def test_a_traceback_is_masked_too(app: Guerdon, lines: Any) -> None:
    try:
        raise ValueError("bad: ines@example.org")
    except ValueError:
        structlog.get_logger().exception("broken", details={"to": ["otto@example.org"]})
    (line,) = lines()
    assert "ValueError: bad: [mail]" in line["exception"]
    assert line["details"] == {"to": ["[mail]"]}


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("to ines.o'x+tag@mail.example.org.", "to ines.o'[mail]."),
        ("from 203.0.113.9:443.", "from [ip]:443."),
        ("from 203.0.113.9, again 203.0.113.9.", "from [ip], again [ip]."),
        ("from 2001:db8::1 and ::1", "from [ip] and [ip]"),
        ("mapped ::ffff:203.0.113.9", "mapped ::ffff:[ip]"),
        ("at 12:34:56 on 2026-11-20", "at 12:34:56 on 2026-11-20"),
        ("version 2.12.0 of app.core.jobs", "version 2.12.0 of app.core.jobs"),
        ("with sk_abcdefgh_ijklmnop", "with [key]"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer [key]"),
        ("redis://:secret@host/0", "redis://[key]@host/0"),
        ("smtp://ines:secret@host:25", "smtp://[key]@host:25"),
        ("task_abcdefghij", "task_abcdefghij"),
        ("0190a7c4-1111-7abc-8def-000000000001", "0190a7c4-1111-7abc-8def-000000000001"),
    ],
)
def test_what_looks_like_somebody_is_blotted_out(written: str, shown: str) -> None:
    assert masked(written) == shown


def test_a_broken_rule_of_the_database_tells_no_parameters(app: Guerdon) -> None:
    for role in ("app", "staff"):
        with pytest.raises(IntegrityError) as violated, unit_of_work(role=role):
            session.execute(text("INSERT INTO rate_count (name) VALUES (:name)"), {"name": "ines@example.org"})
        assert "ines" not in masked(str(violated.value))


def test_what_people_typed_stays_out_of_database_errors(app: Guerdon) -> None:
    assert all(engine.hide_parameters for engine in db.engines.values())


def test_masking_takes_no_time_on_hostile_text() -> None:
    for hostile in (
        "a@" * 20_000,
        "1." * 20_000,
        ":" * 20_000,
        "://" + "a:" * 20_000,
        "a." * 20_000 + "@",
        "a-" * 20_000 + "@x",
    ):
        began = time.perf_counter()
        masked(hostile)
        assert time.perf_counter() - began < 1, hostile[:10]


def test_the_console_form_is_for_people(app: Guerdon, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(replace(app.settings, log_format="console", log_level="info"))
    structlog.get_logger().warning("queue_full", queue="outbox", to="ines@example.org")
    logs.configure(app.settings)
    line = capsys.readouterr().err
    assert "queue_full" in line
    assert "queue=outbox" in line
    assert "to=[mail]" in line


def test_the_workspace_of_a_request_is_named(committing_app: Guerdon, capsys: pytest.CaptureFixture[str]) -> None:
    @public
    def inside() -> str:
        enter(SYSTEM_WORKSPACE)
        return "ok"

    committing_app.add_url_rule("/inside", "inside", inside)
    logs.configure(replace(committing_app.settings, log_format="json", log_level="info"))
    FlaskClient(committing_app).get("/inside")
    logs.configure(committing_app.settings)
    line = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert (line["endpoint"], line["workspace"]) == ("inside", str(SYSTEM_WORKSPACE))
