"""The published document is a valid one, and says what is served."""

from openapi_spec_validator import validate

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
