"""`flask bootstrap`: everything that scripts and tests begin with."""

import json

import pytest
from flask.testing import FlaskClient

from app import cli
from app.core.db import session
from app.core.platform_settings import change_platform_settings
from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from app.workspaces.models import App, Membership, Workspace
from app.workspaces.platforms import PLATFORMS

WORDS = ["--email", "ines@example.org", "--password", "correct horse battery 9", "--workspace", "tidepool"]


@pytest.fixture
def command(app: Guerdon) -> Guerdon:
    if "bootstrap" not in app.cli.commands:
        cli.register(app)
    return app


def run(app: Guerdon, *words: str) -> dict[str, str]:
    result = app.test_cli_runner().invoke(args=["bootstrap", *WORDS, "--app", "Tidepool", *words, "--json"])
    assert result.exit_code == 0, result.output
    printed: dict[str, str] = json.loads(result.stdout)
    return printed


def me(client: FlaskClient, key: str) -> int:
    return client.get("/v1/me", headers={"Authorization": f"Bearer {key}"}).status_code


def test_it_prints_what_one_begins_with(command: Guerdon, client: FlaskClient) -> None:
    made = run(command, "--platform", "web")
    assert set(made) == {"workspace", "workspace_id", "app_id", "publishable_key", "secret_key", "url"}
    assert (made["workspace"], made["url"]) == ("tidepool", "http://localhost")
    assert me(client, made["secret_key"]) == 200
    assert me(client, made["publishable_key"]) == 403
    again = run(command, "--platform", "web")
    assert again.pop("secret_key") != made["secret_key"]
    assert again.items() <= made.items()
    assert me(client, made["secret_key"]) == 200


@pytest.mark.parametrize("platform", PLATFORMS)
def test_it_makes_an_app_of_each_platform(command: Guerdon, platform: str) -> None:
    assert run(command, "--platform", platform)["app_id"]


def test_the_app_is_active_where_new_ones_are_reviewed(command: Guerdon) -> None:
    with unit_of_work():
        change_platform_settings(review_new_apps=True)
    made = run(command)
    with unit_of_work(role="staff"):
        assert session.query(App).one().status == "active"
        assert str(session.query(App).one().id) == made["app_id"]


def test_another_account_joins_the_workspace(command: Guerdon) -> None:
    first = run(command)
    second = run(command, "--email", "otto@example.org")
    assert second["workspace_id"] == first["workspace_id"]
    with unit_of_work():
        assert [held.role for held in session.query(Membership)] == ["owner", "owner"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--email", "nobody"], "address"),
        (["--workspace", "Not A Slug"], "small letters"),
        (["--app", ""], "name"),
    ],
)
def test_what_cannot_be_made_is_said_and_nothing_is_kept(command: Guerdon, words: list[str], says: str) -> None:
    result = command.test_cli_runner().invoke(args=["bootstrap", *WORDS, "--app", "Tidepool", *words, "--json"])
    assert result.exit_code == 1
    assert result.stdout == ""
    assert says in result.stderr
    with unit_of_work():
        assert session.query(Workspace).filter_by(slug="tidepool").count() == 0


def test_apps_that_are_called_alike_do_not_collide(command: Guerdon) -> None:
    made = [run(command, "--app", name)["app_id"] for name in ("Tide pool", "Tidepool", "TIDEPOOL", "Tide pool")]
    assert len(set(made)) == 3
    assert made[0] == made[3]
