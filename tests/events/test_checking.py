"""What is an event, what is not, and what becomes of odd ones."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.events.accepted import Accepted, Rejected
from app.events.checking import checked
from app.events.excerpts import LONGEST_EXCERPT
from app.events.reading import document_in
from app.factory import Guerdon
from tests.support.junk import ODD_TEXTS, anything

pytestmark = pytest.mark.usefixtures("app")

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
GOOD = {"type": "track", "event": "Level Up", "userId": "u1"}
NAMES = (
    "type",
    "event",
    "userId",
    "anonymousId",
    "messageId",
    "timestamp",
    "originalTimestamp",
    "sentAt",
    "properties",
)
MORE_NAMES = ("traits", "context", "previousId", "groupId", "name", "category", "integrations", "channel")


def accepted(**more: Any) -> Accepted:
    found = checked({**GOOD, **more}, received_at=AT)
    assert isinstance(found, Accepted), found
    return found


def rejected(**more: Any) -> str:
    found = checked({**GOOD, **more}, received_at=AT)
    assert isinstance(found, Rejected), found
    assert found.message
    return found.code


def nested(levels: int) -> Any:
    return {"a": nested(levels - 1)} if levels else 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"event": None}, "name_missing"),
        ({"event": ""}, "name_missing"),
        ({"event": " \t"}, "name_missing"),
        ({"event": 7}, "name_missing"),
        ({"event": "\ud800"}, "name_missing"),
        ({"event": "x" * 201}, "name_too_long"),
        ({"userId": None}, "identity_missing"),
        ({"userId": "", "anonymousId": ""}, "identity_missing"),
        ({"userId": []}, "id_not_valid"),
        ({"userId": True}, "id_not_valid"),
        ({"userId": 1.5}, "id_not_valid"),
        ({"userId": 10**30}, "id_not_valid"),
        ({"userId": "a\0b"}, "id_not_valid"),
        ({"userId": "a\udfff"}, "id_not_valid"),
        ({"userId": "x" * 256}, "id_too_long"),
        ({"anonymousId": "x" * 256}, "id_too_long"),
        ({"messageId": "x" * 256}, "id_too_long"),
        ({"messageId": {}}, "id_not_valid"),
        ({"type": "video"}, "type_unknown"),
        ({"type": None}, "type_unknown"),
        ({"type": ["track"]}, "type_unknown"),
        ({"type": "group"}, "id_missing"),
        ({"type": "alias"}, "id_missing"),
        ({"type": "alias", "userId": None, "anonymousId": "a", "previousId": "b"}, "identity_missing"),
        ({"properties": []}, "field_not_object"),
        ({"properties": "x"}, "field_not_object"),
        ({"context": 1}, "field_not_object"),
        ({"type": "identify", "traits": [1]}, "field_not_object"),
        ({"properties": nested(9)}, "properties_too_deep"),
        ({"context": nested(9)}, "properties_too_deep"),
        ({"properties": nested(500)}, "properties_too_deep"),
        ({"properties": {"a": [[[[[[[[1]]]]]]]]}}, "properties_too_deep"),
        ({"properties": {"a": "x" * 32768}}, "properties_too_large"),
        ({"properties": {"a": "x" * 20000}, "context": {"b": "x" * 20000}}, "event_too_large"),
        ({"timestamp": 1732104000}, "timestamp_not_valid"),
        ({"timestamp": 1732104000000}, "timestamp_not_valid"),
        ({"timestamp": 1732104000.5}, "timestamp_not_valid"),
        ({"timestamp": "1732104000"}, "timestamp_not_valid"),
        ({"timestamp": "20261120"}, "timestamp_not_valid"),
        ({"timestamp": "yesterday"}, "timestamp_not_valid"),
        ({"timestamp": "2026-13-01T00:00:00Z"}, "timestamp_not_valid"),
        ({"timestamp": "0001-01-01T00:00:00+14:00"}, "timestamp_not_valid"),
        ({"timestamp": True}, "timestamp_not_valid"),
        ({"sentAt": 1732104000}, "timestamp_not_valid"),
        ({"timestamp": "2026-11-21T12:00:01Z"}, "timestamp_in_future"),
        ({"timestamp": "9999-12-31T23:59:59Z"}, "timestamp_in_future"),
        ({"timestamp": "1999-12-31T23:59:59Z"}, "timestamp_too_old"),
        ({"timestamp": "1970-01-01T00:00:00Z"}, "timestamp_too_old"),
        ({"timestamp": "9999-12-31T23:59:59Z", "sentAt": "0001-01-01T00:00:00Z"}, "timestamp_in_future"),
    ],
)
def test_what_is_refused(change: dict[str, Any], code: str) -> None:
    assert rejected(**change) == code


@pytest.mark.parametrize("raw", [None, 1, "x", [], [GOOD], True])
def test_what_is_no_object_is_no_event(raw: Any) -> None:
    found = checked(raw)
    assert isinstance(found, Rejected)
    assert (found.code, found.excerpt) == ("event_not_object", json.dumps(raw))


def test_epochs_are_refused_with_the_right_form() -> None:
    found = checked({**GOOD, "timestamp": 1732104000000})
    assert isinstance(found, Rejected)
    assert "ISO 8601" in found.message
    assert "2026-11-20T12:00:00.000Z" in found.message


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ({}, AT),
        ({"timestamp": None}, AT),
        ({"timestamp": "2026-11-20T10:00:00Z"}, AT - timedelta(hours=2)),
        ({"timestamp": "2026-11-20T10:00:00"}, AT - timedelta(hours=2)),
        ({"timestamp": "2026-11-20T10:00:00+0200"}, AT - timedelta(hours=4)),
        ({"timestamp": "2026-11-20T11:59:59.999999999Z"}, AT - timedelta(microseconds=1)),
        ({"timestamp": "2026-11-21T12:00:00Z"}, AT + timedelta(hours=24)),
        ({"timestamp": "2000-01-01T00:00:00Z"}, datetime(2000, 1, 1, tzinfo=UTC)),
        ({"timestamp": "2026-11-20"}, AT - timedelta(hours=12)),
        # A clock that is years ahead, and one that is years behind.
        ({"timestamp": "2035-01-01T00:00:00Z", "sentAt": "2035-01-01T00:00:10Z"}, AT - timedelta(seconds=10)),
        ({"timestamp": "1980-01-01T00:00:00Z", "sentAt": "1980-01-01T00:00:10Z"}, AT - timedelta(seconds=10)),
        (
            {"originalTimestamp": "2035-01-01T00:00:00Z", "timestamp": "2026-01-01", "sentAt": "2035-01-01T00:00:10Z"},
            AT - timedelta(seconds=10),
        ),
        ({"originalTimestamp": "2026-11-20T10:00:00Z"}, AT - timedelta(hours=2)),
        ({"sentAt": "2035-01-01T00:00:00Z"}, AT),
    ],
)
def test_when_it_happened(change: dict[str, Any], at: datetime) -> None:
    assert accepted(**change).occurred_at == at


def test_the_batch_s_time_of_sending_counts_where_the_event_has_none() -> None:
    raw = {**GOOD, "timestamp": "2035-01-01T00:00:00Z"}
    found = checked(raw, sent_at="2035-01-01T00:00:30Z", received_at=AT)
    assert isinstance(found, Accepted)
    assert found.occurred_at == AT - timedelta(seconds=30)


def test_ids_may_be_numbers() -> None:
    found = accepted(userId=42, anonymousId=0, messageId=-7)
    assert (found.user_id, found.anonymous_id, found.message_id) == ("42", "0", "-7")


def test_an_id_is_kept_as_it_is() -> None:
    for text in (" u1 ", "ü" * 255, "\u202eu", "👩‍👩‍👧", "u\n"):
        assert accepted(userId=text).user_id == text


def test_names_are_tidied() -> None:
    assert accepted(event="  Level\0 Up\x1b ").name == "Level Up"
    assert accepted(event="x" * 200).name == "x" * 200


def test_letters_that_cannot_be_stored_are_replaced() -> None:
    found = accepted(properties={"a\0": "x\0y", "b": ["\ud83d", {"c\udfff": "ok"}]}, context={"d": "\0"})
    assert found.properties == {"a\ufffd": "x\ufffdy", "b": ["\ufffd", {"c\ufffd": "ok"}]}
    assert found.context == {"d": "\ufffd"}
    told = {"a": r"\u0000", "b": "\\"}
    assert accepted(properties=told).properties == told


def test_depth_counts_objects_and_lists() -> None:
    assert accepted(properties=nested(8)).properties == nested(8)
    assert accepted(properties={"a": "[" * 100, "b": [1] * 100, "c": [[1], [2], [3], [4], [5], [6], [7], [8], [9]]})


def test_what_is_not_known_is_kept() -> None:
    found = accepted(properties={"gclid": "g", "x": None}, context={"fbclid": "f", "deep": {"er": [1, 2]}})
    assert found.properties == {"gclid": "g", "x": None}
    assert found.context == {"fbclid": "f", "deep": {"er": [1, 2]}}


def test_the_address_is_taken_out_and_its_hash_kept() -> None:
    found = accepted(context={"ip": "2001:db8::1", "locale": "en"})
    assert found.context == {"locale": "en"}
    assert found.ip_hash
    assert found.ip_hash == accepted(context={"ip": "2001:0db8:0:0::1"}).ip_hash
    for none in ("0.0.0.0", "::", "nonsense", 7, None, ""):
        assert accepted(context={"ip": none}).ip_hash is None


def test_the_raw_event_is_left_as_it_was() -> None:
    raw = {**GOOD, "context": {"ip": "203.0.113.9"}, "type": "page", "name": "Shop", "properties": {}}
    before = json.dumps(raw)
    checked(raw)
    assert json.dumps(raw) == before


@pytest.mark.parametrize(
    ("place", "country"),
    [({"country": "pt"}, "PT"), ({"country": "Portugal"}, None), ({"country": "éé"}, None), (7, None), (None, None)],
)
def test_countries_have_two_letters(place: Any, country: str | None) -> None:
    assert accepted(context={"location": place}).country == country


@pytest.mark.parametrize(
    ("session", "kept"),
    [("s1", "s1"), (1732104000, "1732104000"), ("x" * 300, "x" * 255), (True, None), ([], None), ("", None)],
)
def test_sessions(session: Any, kept: str | None) -> None:
    assert accepted(context={"sessionId": session}).session_id == kept


def test_an_excerpt_shows_what_was_sent_but_no_address() -> None:
    found = checked({**GOOD, "userId": None, "event": "é" * 300, "context": {"ip": "203.0.113.9", "a": "\ud800"}})
    assert isinstance(found, Rejected)
    assert found.name == "é" * 200
    assert "203.0.113.9" not in found.excerpt
    assert found.excerpt.startswith('{"type": "track", "event": "éé')
    long = checked({"properties": {"a": "x" * 5000}})
    assert isinstance(long, Rejected)
    assert len(long.excerpt) == LONGEST_EXCERPT


@pytest.mark.parametrize("text", ["1e999", "-1e999", "NaN", "Infinity", "9" * 5000, "-" + "9" * 4301, "1E400"])
def test_numbers_beyond_all_bounds_spoil_their_event_alone(text: str) -> None:
    sent = document_in(f'[{{"properties": {{"a": {text}}}}}, {{"userId": {text}}}, {{"a": "\\ud83d"}}]'.encode())
    found = [checked({**GOOD, **raw}) for raw in sent]
    assert [getattr(each, "code", "") for each in found] == ["number_not_valid", "id_not_valid", ""]


@pytest.mark.parametrize("number", [2**64, -(10**300), 10**4299, 0.1, 1e308, -0.0])
def test_numbers_are_kept_to_the_last_digit(number: float) -> None:
    sent = document_in(json.dumps({"a": number, "b": "\ud83d"}).encode())
    assert accepted(properties=sent).properties["a"] == number


def test_the_last_of_equal_keys_counts() -> None:
    assert document_in(b'{"a": 1, "a": 2}') == {"a": 2}
    assert document_in(b'{"a": 1, "a": "\\ud83d"}') == {"a": "\ud83d"}


oddly = st.dictionaries(st.sampled_from([*NAMES, *MORE_NAMES]), anything | st.sampled_from(ODD_TEXTS), max_size=6)
nearly = oddly.map(lambda odd: {**GOOD, "timestamp": "2026-11-20T12:00:00Z", **odd})


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=anything | nearly)
def test_whatever_is_sent_is_storable_or_refused(app: Guerdon, raw: Any) -> None:
    found = checked(raw)
    # UTF-8 has no halves of letters, so encoding is a test too.
    written = msgspec.json.encode(found)
    if isinstance(found, Rejected):
        assert 0 < len(found.excerpt) <= LONGEST_EXCERPT
        assert found.code
        assert "\0" not in f"{found.excerpt}{found.name}"
    else:
        assert b"\\u0000" not in written.replace(b"\\\\", b"")
        assert 1 <= len(found.name) <= 200
        assert found.user_id or found.anonymous_id
