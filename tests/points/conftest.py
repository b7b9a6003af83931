"""An app whose people have points, a key that speaks for it, and books that must agree after every test."""

from collections.abc import Iterator
from uuid import UUID

import pytest

from app.core.tenancy import unit_of_work
from app.factory import Guerdon
from app.ledger.operations import verify
from tests.api.conftest import Caller, MakeCaller, a_caller
from tests.factories.workspaces import Team, a_team, an_app
from tests.support.pages import PageClient

__all__ = ["a_caller"]


@pytest.fixture
def team(app: Guerdon) -> Iterator[Team]:
    """A workspace whose books are recomputed when the test is over."""
    team = a_team("tidepool")
    yield team
    with unit_of_work(team.workspace_id):
        assert verify() == []


@pytest.fixture
def app_id(team: Team) -> UUID:
    return an_app(team.workspace_id)


@pytest.fixture
def caller(a_caller: MakeCaller, team: Team, app_id: UUID) -> Caller:
    """Calls with a key of the app."""
    return a_caller(team.workspace_id, app_id)


@pytest.fixture
def member(client: PageClient, team: Team) -> PageClient:
    """Somebody who may move points."""
    return client.sign_in(team.members["member"])
