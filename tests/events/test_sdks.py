"""What browsers fetch before they can send."""

import gzip

import pytest

from app.core.ids import new_id
from app.workspaces.credentials import mint
from tests.support.pages import PageClient

KEY, _ = mint("publishable", new_id())
SECRET, _ = mint("secret", new_id())


def test_any_site_loads_the_tag(client: PageClient) -> None:
    answer = client.get("/t.js", headers={"Accept-Encoding": "gzip"})
    assert answer.status_code == 200
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.cache_control.max_age == 3600
    assert not answer.headers.getlist("Set-Cookie")
    assert b"sendBeacon" in gzip.decompress(answer.data)


def test_the_tag_is_small(client: PageClient) -> None:
    assert len(client.get("/t.js", headers={"Accept-Encoding": "gzip"}).data) <= 3000


def test_segments_sdk_is_told_to_send_here(client: PageClient) -> None:
    answer = client.get(f"/v1/projects/{KEY}/settings")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    sending = answer.get_json()["integrations"]["Segment.io"]
    assert sending == {"apiKey": KEY, "apiHost": "localhost/v1", "protocol": "http"}


@pytest.mark.parametrize("address", ["/sourceConfig/", "/v1/sourceConfig/"])
def test_rudderstacks_sdk_is_told_that_it_may_send(client: PageClient, address: str) -> None:
    source = client.get(address, query_string={"writeKey": KEY}).get_json()["source"]
    assert source["enabled"] is True
    assert source["destinations"] == []


@pytest.mark.parametrize("key", [SECRET, "pk_short", "nonsense"], ids=["secret", "short", "nonsense"])
def test_what_is_no_publishable_key_gets_no_settings(client: PageClient, key: str) -> None:
    for answer in (client.get(f"/v1/projects/{key}/settings"), client.get(f"/sourceConfig/?writeKey={key}")):
        assert answer.status_code == 404
        assert "pk_" in answer.get_data(as_text=True)


def test_a_browser_may_ask_for_settings_with_the_key_in_a_header(client: PageClient) -> None:
    asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    answer = client.options(f"/sourceConfig/?writeKey={KEY}", headers=asked)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Headers"] == "authorization"
    assert "GET" in answer.headers["Access-Control-Allow-Methods"]
