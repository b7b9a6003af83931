"""Whatever is sent to the forms of apps and keys, they answer with words and never break."""

from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.tenancy import unit_of_work
from app.workspaces.operations.keys import make_secret_key
from tests.factories.workspaces import a_team, an_app
from tests.support.pages import PageClient

pytestmark = pytest.mark.thorough

FIELDS = [
    "name", "identifier", "platform", "domain", "is_test", "key_id", "app", "scopes", "origins", "expires", "overlap",
    "id", "sure", "do",
]  # fmt: skip
PLACES = [
    "apps/new",
    "apps/{app}/settings",
    "keys/new",
    "keys/new/publishable",
    "keys/{key}/settings",
    "keys/{key}/rotations",
    "keys/revocations",
]
LIKELY = [
    "", "\0", "Tidepool", "web", "steam", "tidepool.example", "480", "read", "24", "yes", "{app}", "{key}",
    "https://tidepool.example", "https://[", "xn--", "xn--\u2603", "\u0661", "00000000-0000-0000-0000-000000000000",
    "'; --", "{{7*7}}", "%s%n", "x" * 999,
]  # fmt: skip
JUNK = st.text(st.characters(codec="utf-8"), max_size=300) | st.sampled_from(LIKELY)
BODIES = st.dictionaries(st.sampled_from(FIELDS), JUNK | st.lists(JUNK, max_size=3))
CAREFUL = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def names(client: PageClient) -> dict[str, UUID]:
    team = a_team("tidepool")
    client.sign_in(team.owner)
    app_id = an_app(team.workspace_id)
    with unit_of_work(team.workspace_id):
        key_id = make_secret_key("Game server", None, ["read"]).key.id
    return {"app": app_id, "key": key_id}


@pytest.mark.parametrize("place", PLACES)
@CAREFUL
@given(values=BODIES)
def test_forms(client: PageClient, names: dict[str, UUID], place: str, values: dict[str, object]) -> None:
    told = {
        field: [text.format(**names) if text in ("{app}", "{key}") else text for text in texts]
        for field, texts in ((field, value if isinstance(value, list) else [value]) for field, value in values.items())
    }
    answer = client.submit(f"/w/tidepool/{place.format(**names)}", told)
    assert answer.status_code in {200, 201, 303, 409, 422}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("body", ["[1]", "{", "null", '{"name": ["a"], "scopes": 1}'])
def test_json_is_no_form(client: PageClient, names: dict[str, UUID], place: str, body: str) -> None:
    headers = {"X-CSRFToken": client.csrf_token(), "Content-Type": "application/json"}
    answer = client.post(f"/w/tidepool/{place.format(**names)}", data=body, headers=headers)
    assert answer.status_code in {200, 303, 409, 422}
