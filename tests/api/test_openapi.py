"""The published document is a valid one, and says what is served."""

from openapi_spec_validator import validate

from tests.support.pages import PageClient


def test_the_document_is_valid(client: PageClient) -> None:
    answer = client.get("/v1/openapi.json")
    assert answer.status_code == 200
    validate(answer.json)
