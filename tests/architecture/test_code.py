"""Habits that a reviewer would otherwise have to look for."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.factory import Guerdon

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "app").rglob("*.py"))
COMMITTING = {"app/core/db.py"}
LONGEST = 300


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def calls(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr


def test_only_the_core_commits() -> None:
    assert {relative(path) for path in SOURCES if "commit" in calls(path)} <= COMMITTING


def test_nothing_is_written_after_the_answer() -> None:
    """A write in after_request would vanish: the transaction has ended by then."""
    offenders = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and any(
                "after_request" in ast.unparse(d) for d in node.decorator_list
            ):
                offenders += [relative(path)] if "session.add" in ast.unparse(node) else []
    assert offenders == []


@pytest.mark.parametrize("room", ["models", "queries", "operations"])
def test_rules_know_nothing_of_http(room: str) -> None:
    forbidden = re.compile(r"^\s*(from|import) (flask|wtforms|flask_login|flask_wtf)\b", re.MULTILINE)
    rooms = [path for path in SOURCES if room in path.parts or path.stem == room if "core" not in path.parts]
    assert rooms
    assert [relative(path) for path in rooms if forbidden.search(path.read_text())] == []


def test_no_import_hides_in_a_function() -> None:
    hidden = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                inner = [child for child in ast.walk(node) if isinstance(child, ast.ImportFrom)]
                hidden += [
                    f"{relative(path)}:{child.lineno}" for child in inner if (child.module or "").startswith("app")
                ]
    assert hidden == []


def test_files_stay_short() -> None:
    long = {relative(path): lines for path in SOURCES if (lines := path.read_text().count("\n")) > LONGEST}
    assert long == {}


def test_there_are_no_rooms_for_odds_and_ends() -> None:
    assert [relative(path) for path in SOURCES if path.stem in {"utils", "helpers", "common", "misc"}] == []


def test_every_job_path_leads_to_a_function() -> None:
    """Jobs travel as dotted paths; a path that leads nowhere would fail at night."""
    paths = {
        found
        for path in SOURCES
        for found in re.findall(r'"(app\.[a-z_.]+\.jobs\.[a-z_]+|app\.core\.[a-z_]+\.[a-z_]+)"', path.read_text())
    }
    for dotted in paths:
        module, _, name = dotted.rpartition(".")
        assert callable(getattr(importlib.import_module(module), name)), dotted


def test_every_endpoint_says_who_may_come(session_app: Guerdon) -> None:
    assert [name for name, view in session_app.view_functions.items() if not hasattr(view, "access")] == []


def test_unsafe_endpoints_are_nouns(session_app: Guerdon) -> None:
    """A change of state is a resource that is posted to, not a verb in the address."""
    verbs = {"create", "delete", "update", "edit", "remove", "revoke", "approve", "publish", "rotate", "suspend"}
    posted = [rule.rule for rule in session_app.url_map.iter_rules() if "POST" in (rule.methods or set())]
    assert [rule for rule in posted if verbs & set(re.split(r"[/-]", rule))] == []


def test_views_are_short(session_app: Guerdon) -> None:
    """Load in scope, call one verb, render."""
    long = []
    for path in SOURCES:
        if "views" not in path.parts and path.stem != "views":
            continue
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno > 25:
                long.append(f"{relative(path)}:{node.name}")
    assert long == []
