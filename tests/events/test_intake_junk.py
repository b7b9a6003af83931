"""Whatever is sent, the answer is one of a few, and what it says is true."""

import gzip
import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.conftest import Caller, MakeCaller
from tests.events.test_checking import nearly
from tests.events.test_intake import events, rejections
from tests.support.junk import NO_JSON, anything

HELD = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
KINDS = st.sampled_from(["track", "identify", "page", "screen", "group", "alias"])
TYPES = st.sampled_from([None, "application/json", "text/plain", "multipart/form-data", "x"])
ENCODINGS = st.sampled_from(["", "gzip", "br", "identity", "GZIP"])


@pytest.fixture
def server(a_caller: MakeCaller, workspace_id: UUID, app_id: UUID) -> Caller:
    return a_caller(workspace_id, app_id)


@settings(max_examples=60, deadline=None, suppress_health_check=HELD)
@given(batch=st.lists(nearly | anything, max_size=6))
def test_a_batch_is_stored_but_for_what_is_named(server: Caller, workspace_id: UUID, batch: list[Any]) -> None:
    before = len(events(workspace_id)), len(rejections(workspace_id))
    answer = server.post("/v1/batch", data=json.dumps({"batch": batch}))
    assert answer.status_code == 200
    rejected = {each["index"] for each in answer.json.get("rejected", [])}
    assert rejected <= set(range(len(batch)))
    told = {one["messageId"] for place, one in enumerate(batch) if place not in rejected and one.get("messageId")}
    without = sum(not one.get("messageId") for place, one in enumerate(batch) if place not in rejected)
    stored = len(events(workspace_id)) - before[0]
    assert without <= stored <= without + len(told)
    assert len(rejections(workspace_id)) - before[1] == len(rejected)


@settings(max_examples=60, deadline=None, suppress_health_check=HELD)
@given(kind=KINDS, raw=nearly | anything)
def test_a_single_one_is_stored_or_refused(server: Caller, kind: str, raw: Any) -> None:
    answer = server.post(f"/v1/{kind}", data=json.dumps(raw))
    assert answer.status_code in {200, 422}
    assert (answer.status_code == 200) == (answer.json == {"success": True})


@settings(max_examples=100, deadline=None, suppress_health_check=HELD)
@given(
    path=st.sampled_from(["/v1/t", "/v1/b"]),
    body=st.binary() | st.sampled_from(NO_JSON),
    kind=TYPES,
    encoding=ENCODINGS,
    packed=st.booleans(),
)
def test_bytes_are_answered(
    server: Caller, path: str, body: bytes, kind: str | None, encoding: str, packed: bool
) -> None:
    body = gzip.compress(body) if packed else body
    answer = server.post(path, data=body, content_type=kind, headers={"Content-Encoding": encoding})
    assert answer.status_code in {400, 415, 422}
    assert answer.json["error"]["code"]
