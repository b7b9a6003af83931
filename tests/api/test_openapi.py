"""The published document is a valid one, and says what is served."""

import json
import shlex
from pathlib import Path

from openapi_spec_validator import validate

from app.core.decoding import decoded_body
from app.core.snippets import snippets
from app.workspaces.key_access import REFUSALS
from app.workspaces.platforms import LABELS
from app.workspaces.schemas import NewApp
from app.workspaces.scopes import SCOPES
from tests.support.pages import PageClient


def test_the_document_is_valid(client: PageClient) -> None:
    answer = client.get("/v1/openapi.json")
    assert answer.status_code == 200
    validate(answer.json)


def test_the_page_shows_every_operation_and_every_code(client: PageClient) -> None:
    page = client.page("/docs/api")
    for path, operations in client.get("/v1/openapi.json").json["paths"].items():
        for told in operations.values():
            assert path in page.text
            page.by_id(told["operationId"].replace("_", "-"))
            for refused in told["responses"].values():
                for code in refused["content"]["application/json"].get("examples", {}):
                    page.by_id(f"error-{code}")


def test_the_docs_agree_with_the_document(client: PageClient) -> None:
    docs = (Path(__file__).parents[2] / "docs/api.md").read_text()
    for path, operations in client.get("/v1/openapi.json").json["paths"].items():
        for method, told in operations.items():
            scope = next(iter(told["security"][0]["bearer"]), None)
            needs = f"scope `{scope}`" if scope else "any secret key"
            assert f"| `{method.upper()} {path}` | {needs} |" in docs
    for refusal in REFUSALS:
        assert f"`{refusal.code}`" in docs
    assert ", ".join(f"`{label}`" for label in LABELS) in docs
    assert all(f"`{scope}`" in docs for scope in SCOPES)


def test_examples_are_ready_to_paste(client: PageClient) -> None:
    document = client.get("/v1/openapi.json").json
    told = document["paths"]["/v1/apps"]["post"]["requestBody"]["content"]["application/json"]
    assert decoded_body(json.dumps(told["example"]).encode(), NewApp).domain == "tidepool.example"
    calls = dict(snippets("POST", "http://localhost/v1/apps", "sk_1", told["example"]))
    compile(calls["Python"], "snippet", "exec")
    assert '"is_test": False' in calls["Python"]
    assert shlex.split(calls["curl"])[:2] == ["curl", "http://localhost/v1/apps"]
    assert json.loads(shlex.split(calls["curl"].replace("\\\n", " "))[-1]) == told["example"]
