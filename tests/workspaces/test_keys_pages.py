"""The keys' pages: make, show once, rotate, revoke."""

from datetime import timedelta
from uuid import UUID

import pytest

from app.core.clock import now
from app.core.db import session
from app.core.ids import new_id
from app.core.tenancy import unit_of_work
from app.workspaces.credentials import read
from app.workspaces.models import ApiKey
from app.workspaces.operations.keys import make_publishable_key, make_secret_key
from app.workspaces.queries.apps import app_by_id
from app.workspaces.queries.keys import find_key, key_by_id
from tests.factories.workspaces import Team, a_team, an_app
from tests.support.pages import Page, PageClient

PLACE = "/w/tidepool/keys"


@pytest.fixture
def team(client: PageClient) -> Team:
    team = a_team("tidepool")
    client.sign_in(team.members["admin"])
    return team


@pytest.fixture
def key_id(team: Team) -> UUID:
    with unit_of_work(team.workspace_id):
        return make_secret_key("Game server", None, ["read"]).key.id


def stored(team: Team, key_id: UUID) -> ApiKey:
    with unit_of_work(team.workspace_id):
        key = key_by_id(key_id)
        session.expunge(key)
    return key


def secret_in(page: Page) -> str:
    return next(text for text in page.text.split() if text.startswith("sk_") and len(text) > 60)


def test_the_empty_list_offers_the_first_step(client: PageClient, team: Team) -> None:
    assert "No key yet" in client.page(PLACE).text


def test_a_secret_is_shown_once(client: PageClient, team: Team) -> None:
    form = client.page(f"{PLACE}/new").form(f"{PLACE}/new")
    answer = client.submit(f"{PLACE}/new", {**form, "name": "Game server", "scopes": ["read"], "expires": "90"})
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["HX-Push-Url"] == f"{PLACE}/{form['key_id']}"
    secret = secret_in(Page(answer))
    credential = read(secret)
    key = stored(team, UUID(form["key_id"]))
    assert credential is not None
    assert (credential.workspace_id, credential.prefix, credential.digest) == (
        team.workspace_id,
        key.prefix,
        key.secret_hash,
    )
    assert key.public_value is None
    assert timedelta(days=89) < key.expires_at - now() <= timedelta(days=90)

    again = client.submit(f"{PLACE}/new", {**form, "name": "Game server", "scopes": ["read"]}, follow_redirects=True)
    assert "It cannot be shown again." in Page(again).text
    for address in (f"{PLACE}/{form['key_id']}", PLACE, f"{PLACE}?format=csv", "/w/tidepool/activity"):
        assert secret not in client.get(address).get_data(as_text=True)


def test_a_publishable_key_is_always_shown(client: PageClient, team: Team) -> None:
    app_id = an_app(team.workspace_id)
    form = client.page(f"{PLACE}/new/publishable?app={app_id}").form(f"{PLACE}/new/publishable")
    assert form["app"] == str(app_id)
    origins = "https://Müller.example/\nhttp://localhost:3000 https://xn--mller-kva.example:443"
    answer = client.submit(f"{PLACE}/new/publishable", {**form, "name": "Website", "origins": origins})
    key = stored(team, UUID(form["key_id"]))
    assert key.origins == ["https://xn--mller-kva.example", "http://localhost:3000"]
    assert key.public_value in client.page(answer.location).text
    again = client.submit(f"{PLACE}/new/publishable", {**form, "name": "Website", "origins": origins})
    assert again.location == answer.location


@pytest.mark.parametrize(
    ("kind", "changes", "words"),
    [
        ("", {"name": " "}, "Give the key a name."),
        ("", {"name": "x" * 101}, "within 100"),
        ("", {"scopes": []}, "Choose at least one scope"),
        ("", {"scopes": ["everything"]}, "There is no such scope."),
        ("", {"app": str(new_id())}, "There is no such app here."),
        ("", {"expires": "-1"}, "Choose when it ends."),
        ("/publishable", {"origins": "tidepool.example"}, "tidepool.example is not an origin"),
        ("/publishable", {"origins": "https://a.example/path"}, "is not an origin"),
        ("/publishable", {"origins": "https://a.example:99999"}, "is not an origin"),
        ("/publishable", {"origins": "\n".join(f"https://a{n}.example" for n in range(21))}, "at most 20 origins"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(
    client: PageClient, team: Team, kind: str, changes: dict[str, object], words: str
) -> None:
    values = {"name": "Game server", "scopes": ["read"], "expires": "never", "app": "", "origins": ""}
    answer = client.submit(f"{PLACE}/new{kind}", {**values, **changes})
    assert answer.status_code == 422
    assert words in Page(answer).text


def test_a_key_is_rotated_with_an_overlap(client: PageClient, team: Team, key_id: UUID) -> None:
    assert "Rotate Game server?" in client.page(f"{PLACE}/{key_id}").text
    answer = client.submit(f"{PLACE}/{key_id}/rotations", {"overlap": "168"})
    assert answer.status_code == 201
    old = stored(team, key_id)
    assert timedelta(days=6, hours=23) < old.expires_at - now() <= timedelta(days=7)
    assert answer.headers["HX-Push-Url"] == f"{PLACE}/{old.replaced_by}"
    assert secret_in(Page(answer))
    text = client.page(f"{PLACE}/{key_id}").text
    assert "This key was replaced" in text
    assert "Rotate Game server?" not in text
    again = client.submit(f"{PLACE}/{key_id}/rotations", {"overlap": "168"})
    assert again.location == f"{PLACE}/{old.replaced_by}"


def test_a_leaked_key_is_rotated_at_once(client: PageClient, team: Team, key_id: UUID) -> None:
    client.submit(f"{PLACE}/{key_id}/rotations", {"overlap": "0"})
    assert stored(team, key_id).state_at(now()) == "revoked"
    assert "Its successor took its place." in client.page(f"{PLACE}/{key_id}").text


def test_rotation_takes_no_other_overlap(client: PageClient, team: Team, key_id: UUID) -> None:
    assert client.submit(f"{PLACE}/{key_id}/rotations", {"overlap": "9999"}).status_code == 422
    assert stored(team, key_id).replaced_by is None


def test_a_rotated_key_lives_as_long_as_the_old_one_did(client: PageClient, team: Team) -> None:
    with unit_of_work(team.workspace_id):
        old = make_secret_key("Game server", None, ["read"], expires_at=now() + timedelta(hours=12)).key.id
    client.submit(f"{PLACE}/{old}/rotations", {"overlap": "24"})
    before = stored(team, old)
    assert before.expires_at < now() + timedelta(hours=12)
    after = stored(team, before.replaced_by)
    assert abs(after.expires_at - now() - timedelta(hours=12)) < timedelta(minutes=1)


def test_a_key_is_revoked(client: PageClient, team: Team, key_id: UUID) -> None:
    page = client.page(f"{PLACE}/{key_id}")
    assert "Revoke Game server?" in page.text
    assert "It has not been used yet." in page.text
    for _ in range(2):
        assert client.submit(f"{PLACE}/{key_id}/revocations").location == f"{PLACE}/{key_id}"
    assert stored(team, key_id).revoked_at is not None
    text = client.page(f"{PLACE}/{key_id}").text
    assert text.count("revoked a key") == 1
    for path in ("settings", "rotations"):
        answer = client.submit(f"{PLACE}/{key_id}/{path}", {"name": "x", "scopes": ["read"], "overlap": "24"})
        assert answer.status_code in {409, 422}


def test_many_keys_are_revoked_after_a_question(client: PageClient, team: Team, key_id: UUID) -> None:
    with unit_of_work(team.workspace_id):
        other = make_publishable_key("Website", None).key.id
    stranger = a_team()
    with unit_of_work(stranger.workspace_id):
        strange = make_publishable_key("Website", None).key.id
    ticked = {"id": [str(key_id), str(other), str(strange), "junk"], "do": "revoke"}
    page = Page(client.submit(f"{PLACE}/revocations", ticked))
    assert "Revoke 2 keys" in page.text
    assert stored(team, other).revoked_at is None
    client.submit(f"{PLACE}/revocations", {**ticked, "sure": "yes"})
    assert stored(team, key_id).revoked_at is not None
    assert stored(team, other).revoked_at is not None
    assert stored(stranger, strange).revoked_at is None
    assert client.submit(f"{PLACE}/revocations", ticked).status_code == 303


def test_a_key_is_changed(client: PageClient, team: Team, key_id: UUID) -> None:
    form = client.page(f"{PLACE}/{key_id}/settings").form(f"{PLACE}/{key_id}/settings")
    assert form["name"] == "Game server"
    assert form["scopes"] == "read"
    values = {"name": "Nightly export", "scopes": ["read", "manage"]}
    assert client.submit(f"{PLACE}/{key_id}/settings", values).status_code == 303
    assert "Nightly export" in client.page(f"{PLACE}/{key_id}").text
    assert stored(team, key_id).scopes == ["read", "manage"]
    assert client.submit(f"{PLACE}/{key_id}/settings", {"name": ""}).status_code == 422


def test_the_list_tells_states_apart(client: PageClient, team: Team, key_id: UUID) -> None:
    with unit_of_work(team.workspace_id):
        app = app_by_id(an_app(team.workspace_id, "Lagoon"))
        make_secret_key("Old", app, ["read"], expires_at=now() - timedelta(days=1))
        gone = make_secret_key("Gone", app, ["read"]).key.id
    client.submit(f"{PLACE}/{gone}/revocations")
    for state, name in (("active", "Game server"), ("expired", "Old"), ("revoked", "Gone")):
        cells = client.page(f"{PLACE}?state={state}").all("th", scope="row")
        assert [next(iter(cell.itertext())) for cell in cells] == [name]
    assert "1 key found" in client.page(f"{PLACE}?q=goon&state=expired").text
    assert len(client.get(f"{PLACE}?format=csv").get_data(as_text=True).splitlines()) == 4


@pytest.mark.parametrize(
    ("path", "method"),
    [("", "get"), ("/settings", "get"), ("/settings", "post"), ("/rotations", "post"), ("/revocations", "post")],
)
def test_another_workspace_s_key_does_not_exist(client: PageClient, team: Team, path: str, method: str) -> None:
    stranger = a_team()
    with unit_of_work(stranger.workspace_id):
        strange = make_secret_key("Game server", None, ["read"]).key.id
    call = client.submit if method == "post" else client.get
    assert call(f"{PLACE}/{strange}{path}").status_code == 404


@pytest.mark.parametrize("role", ["member", "viewer"])
def test_members_look_and_admins_act(client: PageClient, team: Team, key_id: UUID, role: str) -> None:
    client.sign_in(team.members[role])
    page = client.page(f"{PLACE}/{key_id}")
    assert "Revoke" not in page.text
    assert not page.all("input", type="checkbox")
    client.page(PLACE)
    for path in ("new", "new/publishable", f"{key_id}/settings"):
        assert client.get(f"{PLACE}/{path}").status_code == 403
    for path in (f"{key_id}/rotations", f"{key_id}/revocations", "revocations", "new"):
        assert client.submit(f"{PLACE}/{path}", {"name": "x", "scopes": ["read"]}).status_code == 403
    assert stored(team, key_id).revoked_at is None


def test_a_stranger_s_key_id_makes_no_second_key_of_theirs(client: PageClient, team: Team) -> None:
    """The id that the form brings along is the workspace's own affair."""
    stranger = a_team()
    with unit_of_work(stranger.workspace_id):
        strange = make_secret_key("Game server", None, ["read"]).key.id
    values = {"name": "Mine", "scopes": ["read"], "expires": "never", "app": "", "key_id": str(strange)}
    assert client.submit(f"{PLACE}/new", values).status_code == 201
    assert stored(stranger, strange).name == "Game server"
    with unit_of_work(team.workspace_id):
        assert find_key(strange).name == "Mine"
