"""What we tell developers to paste does what it says, and every type is told of."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.core.clock import now
from app.factory import Guerdon
from app.webhooks.receiving import example, laid_open, readable, verification
from app.webhooks.secrets import new_secret, signed_headers
from app.webhooks.types import TEST, TYPES

BODY = '{"type":"points.spent","data":{"name":"\\ud83c\\udf0a"}}'
NODE = shutil.which("node")
CHECK_PYTHON = """
import json, sys
from snippet import verified
headers = json.loads(sys.argv[1])
try:
    print(verified(headers, sys.argv[2].encode())["type"])
except ValueError as error:
    print(error)
"""
CHECK_NODE = """
import { verified } from "./snippet.mjs";
try {
  console.log(verified(JSON.parse(process.argv[2]), process.argv[3]).type);
} catch (error) {
  console.log(error.message);
}
"""


def ran(folder: Path, language: str, secret: str, headers: dict[str, str], body: str) -> str:
    snippet = dict(verification(secret))[language]
    is_python = language.startswith("Python")
    (folder / ("snippet.py" if is_python else "snippet.mjs")).write_text(snippet)
    check = folder / ("check.py" if is_python else "check.mjs")
    check.write_text(CHECK_PYTHON if is_python else CHECK_NODE)
    program = sys.executable if is_python else NODE
    assert program
    # Bytecode is known by the second and the size of its source, and the next snippet may share both.
    alone = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [program, check, json.dumps(headers), body]
    done = subprocess.run(command, env=alone, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize(
    "language",
    [
        "Python by hand",
        pytest.param("Node by hand", marks=pytest.mark.skipif(NODE is None, reason="needs node on PATH")),
    ],
)
def test_the_lines_by_hand_verify_and_refuse(session_app: Guerdon, tmp_path: Path, language: str) -> None:
    ours, old, strange, at = new_secret(), new_secret(), new_secret(), now()
    headers = dict(signed_headers("one", at, BODY.encode(), [ours]))
    assert ran(tmp_path, language, ours, headers, BODY) == "points.spent"
    both = dict(signed_headers("one", at, BODY.encode(), [ours, old]))
    assert ran(tmp_path, language, old, both, BODY) == "points.spent"
    assert ran(tmp_path, language, strange, both, BODY) == "not from Guerdon"
    assert ran(tmp_path, language, ours, headers, BODY.replace("spent", "bought")) == "not from Guerdon"
    stale = {**headers, "webhook-timestamp": "1700000000"}
    assert ran(tmp_path, language, ours, stale, BODY) == "too old, or from the future"


def test_python_snippets_compile() -> None:
    for language, text in verification():
        if language.startswith("Python"):
            compile(text, language, "exec")


def test_every_snippet_holds_the_secret_and_no_half_braces() -> None:
    for _, text in verification("whsec_abc"):
        assert "whsec_abc" in text
        assert "{{" not in text
        assert "{secret}" not in text


def test_every_type_stands_in_the_docs_and_has_an_example() -> None:
    docs = (Path(__file__).parents[2] / "docs/webhooks.md").read_text()
    for type in (*TYPES, TEST):
        assert f"| `{type}` |" in docs
    for type in TYPES:
        assert json.loads(example(type))["data"] == TYPES[type].example


@pytest.mark.parametrize("body", ["", "no json", "\x00\x1b[31m", "[" * 100_000, "9" * 5000, '"\\ud800"', "NaN", "ü🌊"])
def test_any_body_can_be_shown(body: str) -> None:
    shown = readable(body)
    shown.encode()
    assert "\x00" not in shown
    assert laid_open(json.dumps({"headers": [["A", "\x85\x00b"]], "body": body, "is_cut": False}))["body"] == shown
    assert laid_open(None) == {}
