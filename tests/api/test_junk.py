"""Whatever is thrown at /v1, the answer is one that the document tells of."""

import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from tests.api.conftest import Caller

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
NEARLY = st.fixed_dictionaries(
    {},
    optional={
        "name": st.text() | JSON,
        "platform": st.sampled_from(["iOS", "Web", "Steam", "windows", "EPIC"]) | JSON,
        "identifier": st.text() | st.from_regex(r"[a-z.]+\.[a-z]+", fullmatch=True) | JSON,
        "domain": st.text() | JSON,
        "is_test": st.booleans() | JSON,
    },
)
BODIES = st.binary() | (NEARLY | JSON).map(lambda value: json.dumps(value).encode())
LATIN = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=80)
HEADERS = st.dictionaries(
    st.sampled_from(["Guerdon-App", "Idempotency-Key", "Content-Type", "X-Request-Id", "Accept", "Cookie", "Origin"]),
    LATIN,
)
QUERIES = st.dictionaries(
    st.sampled_from(["limit", "starting_after", "ending_before"]) | st.text(max_size=9), st.text(max_size=40)
)
HELD = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


class Document:
    """What /v1/openapi.json says."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.operations = [
            (method.upper(), path, told) for path, item in document["paths"].items() for method, told in item.items()
        ]

    def operation(self, place: int) -> tuple[str, str, dict[str, Any]]:
        return self.operations[place % len(self.operations)]


def assert_told(answer: TestResponse, told: dict[str, Any]) -> None:
    responses = told["responses"]
    assert answer.status_code < 500, answer.get_data(as_text=True)
    assert str(answer.status_code) in responses, (answer.status_code, answer.get_data(as_text=True))
    if answer.status_code >= 400:
        error = answer.json["error"]
        examples = responses[str(answer.status_code)]["content"]["application/json"]["examples"]
        assert error["code"] in examples, error
        assert error["message"]
        assert re.fullmatch(r"http://localhost/docs/api#error-\w+", error["docs"])


@pytest.fixture
def document(caller: Caller) -> Document:
    return Document(caller.client.get("/v1/openapi.json").json)


@settings(max_examples=100, deadline=None, suppress_health_check=HELD)
@given(
    place=st.integers(0, 99),
    app_id=st.sampled_from(["019e0b3c-7f00-7a64-b0a5-0c2f6d3f8e11", "x", "%00"]),
    query=QUERIES,
    headers=HEADERS,
    body=BODIES,
)
def test_junk_with_a_good_key(
    caller: Caller,
    document: Document,
    place: int,
    app_id: str,
    query: dict[str, str],
    headers: dict[str, str],
    body: bytes,
) -> None:
    method, path, told = document.operation(place)
    headers = {"Authorization": f"Bearer {caller.key}", **headers}
    answer = caller.client.open(
        re.sub(r"\{\w+\}", app_id, path), method=method, query_string=query, data=body, headers=headers
    )
    assert_told(answer, told)


@settings(max_examples=100, deadline=None, suppress_health_check=HELD)
@given(
    place=st.integers(0, 99), header=LATIN | LATIN.map("Bearer {}".format) | LATIN.map("Basic {}".format), body=BODIES
)
def test_junk_instead_of_a_key(caller: Caller, document: Document, place: int, header: str, body: bytes) -> None:
    method, path, told = document.operation(place)
    path = re.sub(r"\{\w+\}", "019e0b3c-7f00-7a64-b0a5-0c2f6d3f8e11", path)
    answer = caller.client.open(path, method=method, data=body, headers={"Authorization": header})
    assert answer.status_code == 401
    assert_told(answer, told)
