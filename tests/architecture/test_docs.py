"""What an operator or a caller can use stands in the docs."""

import re
from dataclasses import fields
from pathlib import Path

from app.config import Settings
from app.factory import Guerdon

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def text_of(name: str) -> str:
    return (DOCS / name).read_text()


def test_every_setting_is_documented() -> None:
    documented = text_of("operations.md")
    names = {field.name.upper() for field in fields(Settings)} - {"EMBEDDED"}
    assert {name for name in names if f"`{name}`" not in documented} == set()


def test_every_command_is_documented(session_app: Guerdon) -> None:
    from app import cli

    cli.register(session_app)
    own = {name for name in session_app.cli.commands if name not in {"db", "run", "shell", "routes"}}
    assert own
    documented = text_of("operations.md")
    assert {name for name in own if f"flask {name}" not in documented} == set()


def test_every_api_endpoint_is_documented(session_app: Guerdon) -> None:
    documented = text_of("api.md")
    rules = {
        re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for rule in session_app.url_map.iter_rules()
        if rule.rule.startswith("/v1/") and not rule.rule.startswith("/v1/<")
    }
    assert {rule for rule in rules if rule not in documented} == set()


def test_links_between_documents_lead_somewhere() -> None:
    broken = []
    for document in [ROOT / "README.md", *DOCS.glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text()):
            if not (document.parent / target).exists():
                broken.append(f"{document.name}: {target}")
    assert broken == []


def test_no_document_names_this_machine() -> None:
    for document in [ROOT / "README.md", *DOCS.glob("*.md")]:
        assert not re.search(r"/(?:root|home/\w+|work)/", document.read_text()), document.name
